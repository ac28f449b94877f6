import { describe, expect, it } from 'vitest'
import { apiVersion, routes } from './app.js'
import { openApiDocument } from './openapi.js'

interface Operation {
  summary: string
  tags: string[]
  parameters?: { name: string; in: string; required: boolean; schema: object }[]
  requestBody?: { required: boolean; content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content: Record<string, { schema: object }> }>
}

const document = openApiDocument(routes, apiVersion) as {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

describe('the OpenAPI document', () => {
  it('says which version of OpenAPI and of Coro it is, and survives JSON', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Coro', version: apiVersion } })
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })

  it('lists every route once', () => {
    const listed = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    )
    expect(listed.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort())
  })

  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, path, operation] as const),
  )

  it.each(operations)('is whole for %s', (name, path, operation) => {
    expect(operation.summary).not.toBe('')
    expect(operation.tags).toHaveLength(1)
    const parameters = operation.parameters ?? []
    const inPath = parameters.filter((parameter) => parameter.in === 'path')
    expect(inPath.map((parameter) => `{${parameter.name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
    expect(inPath.every(({ required }) => required)).toBe(true)
    for (const { schema } of parameters) expect(schema).toEqual(expect.any(Object))
    expect('requestBody' in operation).toBe(/^(post|put) /.test(name))
    for (const { schema } of Object.values(operation.requestBody?.content ?? {}))
      expect(schema).toEqual(expect.any(Object))
    for (const answer of ['200', '4XX', '5XX']) {
      expect(operation.responses[answer]?.description).not.toBe('')
      expect(Object.keys(operation.responses[answer]?.content ?? {})).toHaveLength(1)
    }
  })

  it('refers only to what it has', () => {
    const references = JSON.stringify(document).match(/#\/components\/schemas\/\w+/g) ?? []
    expect(new Set(references)).toEqual(
      new Set(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)),
    )
  })
})
