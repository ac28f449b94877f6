import type { Platform } from '@coro/shared/process/platform'
import type { z } from 'zod'
import type { Painter } from './spectrogram/painter.js'

/** What a route's handler gets: parsed input, the platform, and the raw request where it needs the body itself. */
export interface RouteInput<Params, Query, Body> {
  params: Params
  query: Query
  body: Body
  request: Request
  /** Address of who asks; null for this process itself. */
  client: string | null
  platform: Platform
  painter: Painter
}

/** A route: its documentation, its schemas and its handler in one place. */
export interface Route {
  method: 'get' | 'post' | 'put' | 'delete'
  /** OpenAPI style: `/v1/recordings/{id}`. */
  path: string
  summary: string
  tag: string
  params?: z.ZodObject
  query?: z.ZodObject
  /** JSON body. A handler that reads the request itself says in `bodyTypes` what it takes. */
  body?: z.ZodType
  bodyTypes?: Record<string, unknown>
  /** The answer's schema, or the content type of one that is not JSON. */
  answer: z.ZodType | string
  /** Of an answer of many lines of JSON: the schema of each. */
  line?: z.ZodType
  handle: (input: RouteInput<never, never, never>) => Promise<unknown>
}

type Output<S> = S extends z.ZodType ? z.output<S> : undefined

/** Type a route's handler by its schemas. */
export function route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  definition: Omit<Route, 'handle' | 'params' | 'query' | 'body'> & {
    params?: P
    query?: Q
    body?: B
    handle: (input: RouteInput<Output<P>, Output<Q>, Output<B>>) => Promise<unknown>
  },
): Route {
  return definition
}
