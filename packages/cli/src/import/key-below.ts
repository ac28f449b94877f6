import { fileURLToPath } from 'node:url'

/**
 * Makes the recordings that a file of embeddings names keys below their source: paths below a folder's, and addresses
 * below its address, lose it; backslashes become slashes. Null for what lies elsewhere. source: in its normal form.
 */
export function keyBelow(source: string | null): (stated: string) => string | null {
  const roots = source === null ? [] : [source, ...(source.startsWith('file:') ? [fileURLToPath(source)] : [])]
  const below = roots.map((root) => `${root.replaceAll('\\', '/').replace(/\/+$/, '')}/`)
  return (stated) => {
    const path = stated.includes('/') ? stated : stated.replaceAll('\\', '/')
    const root = below.find((prefix) => path.startsWith(prefix))
    const key = (root === undefined ? path : path.slice(root.length)).replace(/^(\.\/)+/, '')
    const isElsewhere =
      key === '' || key.startsWith('/') || /^[a-z]:\//i.test(key) || /^[a-z][a-z0-9+.-]*:\/\//i.test(key)
    return isElsewhere || key.split('/').includes('..') ? null : key
  }
}
