import { z } from 'zod'
import type { Route } from './route.js'
import { errorAnswer } from './schemas.js'

/** The OpenAPI 3.1 document of the routes: made from the same schemas that parse the requests. */
export function openApiDocument(routes: Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const operations = (paths[route.path] ??= {})
    operations[route.method] = operation(route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Coro',
      version,
      description: 'Semantic search over soundscapes: recordings go in by themselves, similar sounds come out.',
    },
    paths,
    components: { schemas: { Error: schema(errorAnswer, 'output') } },
  }
}

function operation(route: Route): Record<string, unknown> {
  const parameters = [...inputs(route.params, 'path'), ...inputs(route.query, 'query')]
  const content = route.bodyTypes ?? (route.body ? { 'application/json': schema(route.body, 'input') } : null)
  const failure = {
    description: 'A coded error',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  }
  return {
    summary: route.summary,
    tags: [route.tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(content
      ? {
          requestBody: {
            required: true,
            content: Object.fromEntries(Object.entries(content).map(([type, body]) => [type, { schema: body }])),
          },
        }
      : {}),
    responses: {
      200: { description: 'The answer', content: answerContent(route) },
      '4XX': failure,
      '5XX': failure,
    },
  }
}

function answerContent({ answer, line }: Route): Record<string, unknown> {
  if (line && typeof answer === 'string') {
    return { [answer]: { schema: { description: 'Each line is one of these.', allOf: [schema(line, 'output')] } } }
  }
  return typeof answer === 'string'
    ? { [answer]: { schema: { type: 'string', ...(/^(audio|image)\//.test(answer) ? { format: 'binary' } : {}) } } }
    : { 'application/json': { schema: schema(answer, 'output') } }
}

function inputs(fields: z.ZodObject | undefined, place: 'path' | 'query'): Record<string, unknown>[] {
  if (!fields) return []
  const { properties = {}, required = [] } = z.toJSONSchema(fields, { io: 'input', unrepresentable: 'any' })
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

function schema(type: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(type, { io, unrepresentable: 'any' })
  return rest
}
