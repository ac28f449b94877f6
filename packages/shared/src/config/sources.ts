import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { CoroError } from '../errors.js'

const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as America/Sao_Paulo')

/** Which sound of a multi-channel file counts: all channels' mean, or one, counted from 1 as people do. */
const channel = z.union([z.literal('mix'), z.int().min(1).max(256)], 'must be "mix", or 1 for the first channel')

/** Local times at which a recorder is to record; a part may go over midnight. */
const schedule = z
  .string()
  .regex(
    /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d(,([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d)*$/,
    'must be HH:MM-HH:MM, such as 18:00-06:00, or several, separated by commas',
  )

const deploymentConfig = z.strictObject({
  /** Keys that begin with this belong to the deployment; the longest prefix wins. */
  prefix: z.string(),
  site: z.string().min(1),
  recorder: z.string().min(1).optional(),
  timeZone: timeZone.optional(),
  channel: channel.optional(),
  schedule: schedule.optional(),
})

const sourceConfig = z.strictObject({
  url: z.string().min(1),
  name: z.string().min(1).optional(),
  timeZone: timeZone.optional(),
  /** Of deployments that say none, and of recordings without one. */
  channel: channel.optional(),
  deployments: z.array(deploymentConfig).default([]),
})

const siteConfig = z.strictObject({
  name: z.string().min(1),
  timeZone: timeZone.optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
})

const configFile = z.strictObject({
  sources: z.array(sourceConfig).default([]),
  sites: z.array(siteConfig).default([]),
})

export type DeploymentConfig = z.infer<typeof deploymentConfig>
export type SiteConfig = z.infer<typeof siteConfig>
export type SourceConfig = z.infer<typeof sourceConfig> & { sites: SiteConfig[] }

/**
 * The sources to watch: those of a JSON file (`{"sources":[{url,name,timeZone,channel,deployments}],"sites":[...]}`) and those
 * of a list of addresses or folders. Addresses come out normalised: `file:///...` or `s3://bucket/prefix`, without a
 * slash at the end. Throws CONFIG_INVALID with the file and the place in it.
 */
export function readSources({ list, configFile: file }: { list: string[]; configFile: string | null }): SourceConfig[] {
  const sources: SourceConfig[] = file === null ? [] : readFile(file)
  for (const entry of list) {
    const url = normaliseSourceUrl(entry, process.cwd())
    if (!sources.some((source) => source.url === url)) sources.push({ url, deployments: [], sites: [] })
  }
  return sources
}

function readFile(file: string): SourceConfig[] {
  const path = resolve(file)
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw invalid(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const parsed = configFile.safeParse(content)
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`)
    throw invalid(`${path}:\n  ${lines.join('\n  ')}`)
  }
  const { sources, sites } = parsed.data
  return sources.map((source) => ({ ...source, url: normaliseSourceUrl(source.url, dirname(path)), sites }))
}

/**
 * A folder (relative to `base`), `file://` or `s3://` address in its one normal form. Throws CONFIG_INVALID, which does
 * not repeat an address of another kind (it may hold a password).
 */
export function normaliseSourceUrl(entry: string, base: string): string {
  if (entry.startsWith('s3://')) {
    if (!/^s3:\/\/[^/]+/.test(entry)) throw invalid(`${entry}: must be s3://bucket or s3://bucket/prefix`)
    return entry.replace(/\/+$/, '')
  }
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(entry)?.[1]
  if (scheme && scheme !== 'file') throw invalid(`${scheme}://...: sources are folders, file:// or s3:// addresses`)
  const url = scheme ? new URL(entry).href : pathToFileURL(resolve(base, entry)).href
  return url.replace(/\/+$/, '')
}

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format() !== ''
  } catch {
    return false
  }
}

function invalid(message: string): CoroError {
  return new CoroError('CONFIG_INVALID', message, { disposition: 'crash' })
}
