import { createHash } from 'node:crypto'
import { Client, type QueryConfig } from 'pg'
import { kept } from './pglite/kept-statements.js'

const names = new Map<string, string>()

/** The same text has the same name in every connection. */
function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = `kept_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
    names.set(text, name)
  }
  return name
}

/**
 * A connection to a server that prepares the statements which are marked as kept: it parses them once, and plans them a few
 * times until one plan for all parameters is as good. A join of five tables takes a millisecond to plan and a fifth of one to run.
 */
export class PreparingClient extends Client {
  // pg overloads this a dozen times; whatever the form, a text comes first and its values second.
  override query = ((first: unknown, values?: unknown, ...rest: unknown[]): unknown => {
    const query = super.query.bind(this) as (...args: unknown[]) => unknown
    if (typeof first !== 'string' || !first.startsWith(kept)) return query(first, values, ...rest)
    const config: QueryConfig = { name: nameOf(first), text: first }
    if (Array.isArray(values)) return query({ ...config, values }, ...rest)
    return values === undefined ? query(config, ...rest) : query(config, values, ...rest)
  }) as Client['query']
}
