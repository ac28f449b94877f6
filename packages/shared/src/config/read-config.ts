import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { CoroError } from '../errors.js'
import { findConfigFile } from './parse-file.js'
import { readSources, type SourceConfig } from './sources.js'
import { readAlertSettings, type AlertSettings } from './alert-settings.js'
import { refuseOverlap } from './overlap.js'

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max)
const seconds = (min: number) => z.coerce.number().min(min).max(86_400)
const flag = z.enum(['true', 'false', '1', '0']).transform((v) => v === 'true' || v === '1')
const variant = z.enum(['raw', 'denoised'])
const band = z
  .string()
  .regex(/^\d+-\d+$/, 'must be LOW-HIGH in Hz, such as 200-15000')
  .transform((v) => ({ lowHz: Number(v.split('-')[0]), highHz: Number(v.split('-')[1]) }))
  .refine(isBand, 'must be 0 or 20 Hz and more, to 15990 Hz at most (or 16000 with a lower limit)')

/** Every variable that Coro reads; docs/configuration.md lists the same in words. */
const environment = z.object({
  CORO_DATA: z.string().min(1).default('.coro'),
  CORO_DATABASE_URL: z
    .string()
    .regex(/^(pglite:.+|postgres(ql)?:\/\/.+)$/, 'must be postgres://... or pglite:DIRECTORY')
    .optional(),
  CORO_QUEUE_URL: z
    .string()
    .regex(/^(pglite|rediss?:\/\/.+)$/, 'must be redis://..., rediss://... or pglite')
    .optional(),
  CORO_STORE_URL: z
    .string()
    .regex(/^(file:\/\/\/|s3:\/\/[^/]).*/, 'must be file:///... or s3://bucket/prefix')
    .optional(),
  CORO_SOURCES: z.string().default(''),
  CORO_CONFIG: z.string().optional(),
  CORO_S3_ENDPOINT: z.url().optional(),
  CORO_S3_FORCE_PATH_STYLE: flag.default(false),
  AWS_REGION: z.string().default('us-east-1'),
  CORO_HTTP_HOST: z.string().default('127.0.0.1'),
  CORO_HTTP_PORT: wholeNumber(0, 65_535).default(8080),
  CORO_API_URL: z.url().optional(),
  CORO_MODEL: z.string().min(1).default('logmel-stats-1280'),
  CORO_VARIANTS: z
    .string()
    .default('raw,denoised')
    .transform((v) => v.split(',').map((s) => s.trim()))
    .pipe(z.array(variant).min(1)),
  CORO_ACTIVE_VARIANT: variant.default('denoised'),
  CORO_GATE_MODE: z.enum(['stationary', 'non-stationary', 'off']).default('stationary'),
  CORO_GATE_ORDER: z.enum(['before', 'after']).default('before'),
  CORO_BAND_PASS: band.optional(),
  CORO_RESAMPLER: z.enum(['kaiser', 'scipy']).default('kaiser'),
  CORO_ENGINE: z.enum(['portable', 'kernel']).default('kernel'),
  CORO_PREPARE_THREADS: wholeNumber(1, 256).optional(),
  CORO_EMBED_THREADS: wholeNumber(1, 256).optional(),
  CORO_SWEEP_INTERVAL_S: seconds(1).default(10),
  CORO_SWEEP_PARALLEL: wholeNumber(1, 64).default(4),
  CORO_SETTLE_S: seconds(0).default(6),
  CORO_EVENTS_SECRET_FILE: z.string().min(1).optional(),
  CORO_RECONCILE_INTERVAL_S: seconds(1).default(30),
  CORO_RECALL_INTERVAL_S: seconds(0).default(600),
  CORO_JOB_LOCK_S: seconds(1).default(10),
  CORO_STALLED_CHECK_S: seconds(1).default(5),
  CORO_MAX_ATTEMPTS: wholeNumber(2, 100).default(3),
  CORO_MAX_DEATHS: wholeNumber(1, 1000).default(10),
  CORO_QUEUE_WINDOW: wholeNumber(1, 100_000).optional(),
  CORO_NEW_WITHIN_H: z.coerce.number().min(0).max(87_600).default(24),
  CORO_LEDGER_DAYS: wholeNumber(1, 36_500).default(400),
  CORO_ALERT_WEBHOOK: z.url({ protocol: /^https?$/ }).optional(),
  CORO_ALERT_WEBHOOK_SECRET_FILE: z.string().min(1).optional(),
  CORO_ALERT_MAIL_TO: z.string().min(3).optional(),
  CORO_ALERT_MAIL_FROM: z.string().min(3).optional(),
  CORO_SMTP_URL_FILE: z.string().min(1).optional(),
  CORO_ALERT_SILENT_H: z.coerce.number().min(0).max(87_600).default(24),
  CORO_ALERT_SWEEP_MIN: z.coerce.number().min(0).max(14_400).default(10),
  CORO_ALERT_QUARANTINE: wholeNumber(0, 1_000_000).default(20),
  CORO_PREPARED_DAYS: z.coerce.number().min(0).max(36_500).default(0),
  CORO_PREPARED_GB: z.coerce.number().min(0).default(0),
  CORO_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
})

/** The names of all variables that are read. */
export const environmentVariables = Object.keys(environment.shape)

export type Variant = z.infer<typeof variant>

export interface Config {
  dataDir: string
  databaseUrl: string
  /** `pglite`: the queue lives in the embedded database. */
  queueUrl: string
  storeUrl: string
  sources: SourceConfig[]
  s3: {
    endpoint: string | null
    forcePathStyle: boolean
    region: string
    /** A variable that a source refers to for its keys; a function, so that nothing prints it. */
    variable: (name: string) => string | undefined
  }
  http: { host: string; port: number }
  apiUrl: string | null
  model: { name: string; variants: Variant[]; activeVariant: Variant }
  /** How recordings become samples: part of the spaces' identity (packages/audio, front-end-settings.ts). */
  frontEnd: {
    gateMode: 'stationary' | 'non-stationary' | 'off'
    gateOrder: 'before' | 'after'
    bandPass: { lowHz: number; highHz: number } | null
    resampler: 'kaiser' | 'scipy'
  }
  threads: { prepare: number; embed: number }
  /** What computes the front end: plain JavaScript in float64, or the SIMD WebAssembly kernel in float32. */
  engine: 'portable' | 'kernel'
  watch: {
    sweepIntervalS: number
    settleS: number
    /** Parts of a source that are listed at once. */
    parallel: number
  }
  /** File with the shared secret of those who report events; null: events are taken from this machine alone. */
  eventsSecretFile: string | null
  jobs: {
    reconcileIntervalS: number
    /** Pause between two samples of recall; 0 = none are taken. */
    recallIntervalS: number
    lockS: number
    stalledCheckS: number
    maxAttempts: number
    maxDeaths: number
    /** Jobs that may wait in a queue; null = four for each working thread. */
    queueWindow: number | null
    /** How long after it was found a recording goes before the backlog. */
    newWithinS: number
    /** How long ledger entries are kept. */
    ledgerDays: number
  }
  alerts: AlertSettings
  /** When prepared audio expires; 0 = never. */
  retention: { preparedDays: number; preparedGb: number }
  logLevel: string
  embedded: boolean
}

/** What a command line may set in place of the environment. */
export interface ConfigOverrides {
  dataDir?: string
  /** Folders or addresses to watch besides the configured ones. */
  addSources?: string[]
  /** Read instead of the file that CORO_CONFIG names. */
  configFile?: string
  /** In place of CORO_MODEL. */
  model?: string
}

/**
 * Read the whole configuration once. Throws CONFIG_INVALID naming every bad variable and what it must be, never its
 * value (it may be a secret).
 */
export function readConfig(env: Record<string, string | undefined>, overrides: ConfigOverrides = {}): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw invalid(`These settings are not valid:\n  ${lines.join('\n  ')}`)
  }
  const e = parsed.data
  const dataDir = resolve(overrides.dataDir ?? e.CORO_DATA)
  const databaseUrl = e.CORO_DATABASE_URL ?? `pglite:${resolve(dataDir, 'database')}`
  const embedded = databaseUrl.startsWith('pglite:')
  const queueUrl = e.CORO_QUEUE_URL ?? (embedded ? 'pglite' : undefined)
  if (queueUrl === undefined) throw invalid('CORO_QUEUE_URL: must be set (redis://...) where CORO_DATABASE_URL is')
  if (queueUrl === 'pglite' && !embedded) throw invalid('CORO_QUEUE_URL: pglite needs a pglite database')
  if (!e.CORO_VARIANTS.includes(e.CORO_ACTIVE_VARIANT)) {
    throw invalid(`CORO_ACTIVE_VARIANT: ${e.CORO_ACTIVE_VARIANT} is not among CORO_VARIANTS`)
  }
  const storeUrl = e.CORO_STORE_URL ?? pathToFileURL(resolve(dataDir, 'store')).href
  const sources = readSources({
    list: [...e.CORO_SOURCES.split(/[\s,]+/).filter(Boolean), ...(overrides.addSources ?? [])],
    configFile: overrides.configFile ?? e.CORO_CONFIG ?? findConfigFile(process.cwd()),
  })
  for (const source of sources) refuseOverlap(source.url, storeUrl)
  const cores = availableParallelism()
  return {
    dataDir,
    databaseUrl,
    queueUrl,
    storeUrl,
    sources,
    s3: {
      endpoint: e.CORO_S3_ENDPOINT ?? null,
      forcePathStyle: e.CORO_S3_FORCE_PATH_STYLE,
      region: e.AWS_REGION,
      variable: (name) => env[name],
    },
    http: { host: e.CORO_HTTP_HOST, port: e.CORO_HTTP_PORT },
    apiUrl: e.CORO_API_URL ?? null,
    model: {
      name: overrides.model ?? e.CORO_MODEL,
      variants: [...new Set(e.CORO_VARIANTS)],
      activeVariant: e.CORO_ACTIVE_VARIANT,
    },
    frontEnd: {
      gateMode: e.CORO_GATE_MODE,
      gateOrder: e.CORO_GATE_ORDER,
      bandPass: e.CORO_BAND_PASS ?? null,
      resampler: e.CORO_RESAMPLER,
    },
    threads: {
      prepare: e.CORO_PREPARE_THREADS ?? cores,
      embed: e.CORO_EMBED_THREADS ?? Math.max(1, Math.ceil(cores / 2)),
    },
    engine: e.CORO_ENGINE,
    watch: {
      sweepIntervalS: e.CORO_SWEEP_INTERVAL_S,
      settleS: e.CORO_SETTLE_S,
      parallel: e.CORO_SWEEP_PARALLEL,
    },
    eventsSecretFile: e.CORO_EVENTS_SECRET_FILE ?? null,
    jobs: {
      reconcileIntervalS: e.CORO_RECONCILE_INTERVAL_S,
      recallIntervalS: e.CORO_RECALL_INTERVAL_S,
      lockS: e.CORO_JOB_LOCK_S,
      stalledCheckS: e.CORO_STALLED_CHECK_S,
      maxAttempts: e.CORO_MAX_ATTEMPTS,
      maxDeaths: e.CORO_MAX_DEATHS,
      queueWindow: e.CORO_QUEUE_WINDOW ?? null,
      newWithinS: e.CORO_NEW_WITHIN_H * 3600,
      ledgerDays: e.CORO_LEDGER_DAYS,
    },
    alerts: readAlertSettings(e),
    retention: { preparedDays: e.CORO_PREPARED_DAYS, preparedGb: e.CORO_PREPARED_GB },
    logLevel: e.CORO_LOG_LEVEL,
    embedded,
  }
}

/** Whether the band-pass can be built at 32 kHz: its edges need 10 Hz of room at least. */
function isBand({ lowHz, highHz }: { lowHz: number; highHz: number }): boolean {
  const isOpen = { low: lowHz === 0, high: highHz === 16_000 }
  return lowHz < highHz && (isOpen.low || lowHz >= 20) && (isOpen.high ? !isOpen.low : highHz <= 15_990)
}

function invalid(message: string): CoroError {
  return new CoroError('CONFIG_INVALID', message, { disposition: 'crash' })
}
