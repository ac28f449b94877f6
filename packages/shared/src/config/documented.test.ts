import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { environmentVariables } from './read-config.js'

describe('docs/configuration.md', () => {
  const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8')

  it('tells of every variable that is read', () => {
    for (const name of environmentVariables) expect(page).toContain(`\`${name}\``)
  })

  it('tells of no other of Coro', () => {
    const told = new Set(page.match(/CORO_[A-Z0-9_]+/g))
    for (const name of told) expect(environmentVariables).toContain(name)
  })
})
