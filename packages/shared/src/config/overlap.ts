import { fileURLToPath } from 'node:url'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, basename, sep } from 'node:path'
import { CoroError } from '../errors.js'

/**
 * Refuse a store that lies inside a source or contains one: Coro would eat its own output.
 * Throws CONFIG_OVERLAP. Links are followed, so a store behind a symbolic link is seen too.
 */
export function refuseOverlap(sourceUrl: string, storeUrl: string): void {
  const source = place(sourceUrl)
  const store = place(storeUrl)
  if (!source.startsWith(store) && !store.startsWith(source)) return
  throw new CoroError(
    'CONFIG_OVERLAP',
    `The store ${storeUrl} and the source ${sourceUrl} lie inside one another. Coro would take its own output for ` +
      `recordings. Choose another store (CORO_STORE_URL) or data folder (--data DIR) outside the source.`,
    { disposition: 'crash' },
  )
}

/** An address as a comparable path that ends in a separator. */
function place(url: string): string {
  if (url.startsWith('file:')) return `file:${realPath(fileURLToPath(url))}`.replace(/[\\/]*$/, sep)
  return url.replace(/\/*$/, '/')
}

/** The path with links resolved as far as it exists. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const parent = dirname(path)
  return parent === path ? path : join(realPath(parent), basename(path))
}
