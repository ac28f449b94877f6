import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import type { z } from 'zod'
import { CoroError } from '../errors.js'

/** The names under which a configuration is found without being named. */
const names = ['coro.config.json', 'coro.config.yaml', 'coro.config.yml']

/** The configuration file of a folder, or null. Throws CONFIG_INVALID where there are two: neither would be right. */
export function findConfigFile(folder: string): string | null {
  const found = names.map((name) => join(folder, name)).filter((path) => existsSync(path))
  if (found.length > 1) throw invalid(`There are ${found.join(' and ')}: keep one, or name one with CORO_CONFIG.`)
  return found[0] ?? null
}

type Path = readonly PropertyKey[]

export interface ParsedFile<T> {
  content: T
  /** An error about a place in the file, with line and column. */
  issueAt(path: Path, message: string): CoroError
}

/**
 * Read a file in JSON or YAML 1.2 (JSON is a part of it) by a schema. Nothing in it is executed. Throws CONFIG_INVALID
 * with every fault as `file:line:column: where: what it must be`.
 */
export function parseConfigFile<S extends z.ZodType>(path: string, schema: S): ParsedFile<z.output<S>> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false, strict: true })
  const faults = [...document.errors, ...document.warnings]
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return `${path}:${line}:${col}`
  }
  if (faults.length > 0) {
    throw invalid(faults.map(({ pos, message }) => `${place(pos[0])}: ${message}`).join('\n'))
  }
  const issueAt = (at: Path, message: string) =>
    invalid(`${place(offsetOf(document, at))}: ${at.join('.') || '(top)'}: ${message}`)
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {})
  if (parsed.success) return { content: parsed.data, issueAt }
  const lines = parsed.error.issues.map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : []
    const at = [...issue.path, ...keys.slice(0, 1)]
    return issueAt(at, issue.message).message
  })
  throw invalid(lines.join('\n'))
}

/** Where a value stands, or the nearest thing around it that is there. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const at = path.slice(0, length)
    const own = at.at(-1)
    const around = length === 0 ? document.contents : document.getIn(at.slice(0, -1), true)
    // The key tells the place of a member better than its value does.
    if (isMap(around) && own !== undefined) {
      const pair = around.items.find(({ key }) => isScalar(key) && key.value === own)
      const offset = (pair?.key as Node | undefined)?.range?.[0]
      if (offset !== undefined) return offset
      continue
    }
    const node = (length === 0 ? document.contents : document.getIn(at, true)) as Node | null | undefined
    if (node?.range) return node.range[0]
  }
  return 0
}

function invalid(message: string): CoroError {
  return new CoroError('CONFIG_INVALID', message, { disposition: 'crash' })
}
