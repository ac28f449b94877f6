import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { CoroError } from '../errors.js'
import { parseConfigFile } from './parse-file.js'
import { namesOfPattern, whyNoPattern } from './pattern.js'

const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as America/Sao_Paulo')

/** Which sound of a multi-channel file counts: all channels' mean, or one, counted from 1 as people do. */
const channel = z.union([z.literal('mix'), z.int().min(1).max(256)], 'must be "mix", or 1 for the first channel')

const name = z.string().min(1).max(200)

/** Where the keys of a bucket come from. A reference: the keys themselves are never stored, printed or logged. */
const credentials = z.union(
  [
    z.strictObject({
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
        .describe('PREFIX of PREFIX_ACCESS_KEY_ID, PREFIX_SECRET_ACCESS_KEY and PREFIX_SESSION_TOKEN'),
    }),
    z.strictObject({ profile: name.describe("of the AWS SDK's configuration files") }),
    z.strictObject({ file: name.describe('a file in the format of ~/.aws/credentials') }),
  ],
  'must be {"env": PREFIX}, {"profile": NAME} or {"file": PATH}',
)

/** How a bucket is reached, where it is not as CORO_S3_* say. */
const access = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  region: name.optional(),
  forcePathStyle: z.boolean().optional(),
  credentials: credentials.optional(),
})

/** Local times at which a recorder is to record; a part may go over midnight. */
const schedule = z
  .string()
  .regex(
    /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d(,([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d)*$/,
    'must be HH:MM-HH:MM, such as 18:00-06:00, or several, separated by commas',
  )

const deploymentConfig = z
  .strictObject({
    /** Keys that begin with this belong to the deployment. */
    prefix: z.string().optional(),
    /** Or keys of this form do: `{site}/{recorder}/{date}/...` (pattern.ts). */
    pattern: z.string().min(1).max(500).optional(),
    site: name.optional().describe('where the pattern has no {site}'),
    recorder: name.optional().describe('where neither the pattern nor the files say it'),
    timeZone: timeZone.optional(),
    channel: channel.optional(),
    schedule: schedule.optional(),
  })
  .superRefine((deployment, context) => {
    const { prefix, pattern, site } = deployment
    const refuse = (message: string, path: string[] = []) => context.addIssue({ code: 'custom', message, path })
    if ((prefix === undefined) === (pattern === undefined)) refuse('must have either a prefix or a pattern')
    const wrong = pattern === undefined ? null : whyNoPattern(pattern)
    if (wrong !== null) refuse(wrong, ['pattern'])
    else if (site === undefined && !(pattern !== undefined && namesOfPattern(pattern).includes('site')))
      refuse('must have a site, or a pattern with {site}')
  })

export const sourceConfig = z.strictObject({
  url: z.string().min(1),
  name: name.optional(),
  timeZone: timeZone.optional(),
  /** Of deployments that say none, and of recordings without one. */
  channel: channel.optional(),
  ...access.shape,
  events: z
    .strictObject({ sqs: z.url({ protocol: /^https?$/ }).describe('address of the queue that the bucket notifies') })
    .optional(),
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

export type Credentials = z.infer<typeof credentials>
export type SourceAccess = z.infer<typeof access>
export type DeploymentConfig = z.infer<typeof deploymentConfig>
export type SiteConfig = z.infer<typeof siteConfig>
export type SourceConfig = z.infer<typeof sourceConfig> & { sites: SiteConfig[] }

/**
 * The sources to watch: those of a file in JSON or YAML (`{sources: [...], sites: [...]}`, docs/sources.md) and those of a
 * list of addresses or folders. Addresses come out normalised: `file:///...` or `s3://bucket/prefix`, without a slash at
 * the end. Throws CONFIG_INVALID with file, line and column.
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
  const parsed = parseConfigFile(path, configFile)
  const { content } = parsed
  const sources = content.sources.map((source, i) => {
    try {
      return { ...source, url: normaliseSourceUrl(source.url, dirname(path)), sites: content.sites }
    } catch (error) {
      throw parsed.issueAt(['sources', i, 'url'], error instanceof Error ? error.message : String(error))
    }
  })
  for (const [i, { url }] of sources.entries()) {
    if (sources.findIndex((other) => other.url === url) < i) {
      throw parsed.issueAt(['sources', i, 'url'], 'this source is declared above already')
    }
  }
  return sources
}

/** A single declaration in a file of its own (`coro source add --from FILE`), its address normalised. */
export function readSourceFile(file: string): SourceConfig {
  const path = resolve(file)
  const { content } = parseConfigFile(path, sourceConfig)
  return { ...content, url: normaliseSourceUrl(content.url, dirname(path)), sites: [] }
}

/** Whether nothing is said of a source but its address. */
export const isAddressAlone = ({ url: _url, deployments, sites, ...more }: SourceConfig): boolean =>
  deployments.length + sites.length + Object.keys(more).length === 0

/** How a source's storage is reached; the part of a declaration that the opener of storages needs. */
export function accessOf({ endpoint, region, forcePathStyle, credentials }: SourceAccess): SourceAccess {
  return Object.fromEntries(
    Object.entries({ endpoint, region, forcePathStyle, credentials }).filter(([, value]) => value !== undefined),
  )
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
