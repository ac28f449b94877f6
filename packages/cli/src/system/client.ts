import { readLock } from '@coro/shared/config/data-lock'
import type { Config } from '@coro/shared/config/read-config'
import { CoroError } from '@coro/shared/errors'
import { createLogger } from '@coro/shared/log/logger'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Role, System } from './start-system.js'

type Query = Record<string, string | number | undefined>

/** Asks Coro's API, wherever it is. */
export interface Client extends AsyncDisposable {
  /** `remote`: a server that runs already; `local`: opened by this command for itself. */
  readonly kind: 'remote' | 'local'
  get<T>(path: string, query?: Query): Promise<T>
  delete<T>(path: string, query?: Query): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  /** Send a text of a type of its own. */
  postText<T>(path: string, text: string, type: string, query?: Query): Promise<T>
  postForm<T>(path: string, form: FormData): Promise<T>
  /** The JSON values of an answer with one on each line, as they come; a form is sent as such, anything else as JSON. */
  lines<T>(path: string, body: unknown): AsyncGenerator<T>
  bytes(path: string): Promise<Uint8Array>
  /** The answer itself, to be read as it comes; with a body it is a POST. */
  open(path: string, body?: unknown): Promise<Response>
}

/**
 * Talk to the running server where one runs (CORO_API_URL, or the holder of the data directory), else open the store
 * in this process with the roles that the command needs.
 */
export async function openClient(config: Config, roles: Role[]): Promise<Client> {
  const url = config.apiUrl ?? (config.embedded ? await runningServer(config) : null)
  if (url !== null)
    return clientOver(
      'remote',
      url,
      (request) => fetch(request),
      async () => {},
    )
  const { startSystem } = await import('./start-system.js')
  const log = createLogger({ level: config.logLevel, file: join(config.dataDir, 'coro.log') })
  const system = await startSystem(config, log, roles)
  return clientOver(
    'local',
    'http://coro',
    (request) => system.fetch(request),
    async () => system[Symbol.asyncDispose](),
  )
}

/** A client of a system in this process, which goes on when the client ends. */
export function clientOf(system: System): Client {
  return clientOver(
    'local',
    'http://coro',
    (request) => system.fetch(request),
    async () => {},
  )
}

/** The address of the server that holds the data directory; waits for one that is just starting. */
export async function runningServer(config: Config): Promise<string | null> {
  for (let waitedMs = 0; ; waitedMs += 200) {
    const holder = readLock(config.dataDir)
    if (!holder) return null
    if (holder.apiUrl) return holder.apiUrl
    if (waitedMs >= 60_000) {
      throw new CoroError('DATA_LOCKED', `${config.dataDir} is in use by process ${holder.pid}, which has no API.`, {
        disposition: 'wait',
      })
    }
    await sleep(200)
  }
}

function clientOver(
  kind: Client['kind'],
  base: string,
  send: (request: Request) => Promise<Response>,
  dispose: () => Promise<void>,
): Client {
  async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await answer(path, init)
    // Work that takes long begins its answer before it is done, and tells in the body how it ended.
    const value: unknown = await response.json().catch((cause: unknown) => {
      throw new CoroError('API_UNREACHABLE', `Coro at ${base} broke off its answer.`, { disposition: 'wait', cause })
    })
    const failed = (value as { error?: { code?: unknown } } | null)?.error
    if (typeof failed?.code === 'string') throw toError(value, response.status)
    return value as T
  }

  async function answer(path: string, init: RequestInit): Promise<Response> {
    let response: Response
    try {
      response = await send(new Request(base + path, init))
    } catch (error) {
      throw new CoroError('API_UNREACHABLE', `Coro at ${base} does not answer.`, { disposition: 'wait', cause: error })
    }
    if (response.ok) return response
    throw await errorOf(response)
  }
  return {
    kind,
    get: (path, query) => ask(withQuery(path, query)),
    delete: (path, query) => ask(withQuery(path, query), { method: 'DELETE' }),
    post: (path, body) => ask(path, { ...asJson(body), method: 'POST' }),
    put: (path, body) => ask(path, { ...asJson(body), method: 'PUT' }),
    postText: (path, text, type, query) =>
      ask(withQuery(path, query), { method: 'POST', body: text, headers: { 'content-type': type } }),
    postForm: (path, form) => ask(path, { method: 'POST', body: form }),
    async *lines<T>(path: string, body: unknown) {
      const response = await answer(path, asPost(body))
      if (response.body) yield* linesOf<T>(response.body, base)
    },
    open: (path, body) => answer(path, body === undefined ? {} : asPost(body)),
    bytes: async (path) => new Uint8Array(await (await answer(path, {})).arrayBuffer()),
    [Symbol.asyncDispose]: dispose,
  }
}

const asJson = (body: unknown): RequestInit => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

const asPost = (body: unknown): RequestInit => ({
  method: 'POST',
  ...(body instanceof FormData ? { body } : asJson(body)),
})

async function* linesOf<T>(body: ReadableStream<Uint8Array>, base: string): AsyncGenerator<T> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const bytes of body) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield JSON.parse(line) as T
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new CoroError('API_UNREACHABLE', `Coro at ${base} broke off its answer.`, {
      disposition: 'wait',
      cause: error,
    })
  }
}

function withQuery(path: string, query: Query = {}): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(entries.map(([name, value]): [string, string] => [name, String(value)]))
  return entries.length > 0 ? `${path}?${search.toString()}` : path
}

async function errorOf(response: Response): Promise<CoroError> {
  return toError(await response.json().catch(() => null), response.status)
}

function toError(body: unknown, status: number): CoroError {
  const { code = `HTTP_${status}`, message = `the server answered ${status}` } =
    (body as { error?: { code?: string; message?: string } } | null)?.error ?? {}
  return new CoroError(code, message, { disposition: status >= 500 ? 'wait' : 'reject' })
}
