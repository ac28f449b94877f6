/**
 * An embedding from a cell: a list of numbers, or a text with them: a JSON array, or numbers between blanks, commas or
 * semicolons. A text returned says why it is none.
 */
export function parseEmbedding(cell: unknown): Float32Array | string {
  if (cell instanceof Float32Array) return cell
  if (cell === null || cell === undefined || cell === '') return 'it has no embedding'
  if (typeof cell !== 'string') return 'its embedding is no list of numbers'
  const inside = cell.trim().replace(/^\[/, '').replace(/\]$/, '').trim()
  if (inside.includes('...')) return 'its embedding is abbreviated (...): write all of its numbers'
  const parts = inside.split(/\s*[,;]\s*|\s+/)
  const numbers = new Float32Array(parts.length)
  for (const [i, part] of parts.entries()) {
    const value = part === '' ? Number.NaN : Number(part)
    if (Number.isNaN(value) && !/^[+-]?nan$/i.test(part))
      return `its embedding has "${part.slice(0, 20)}" for number ${i + 1}`
    numbers[i] = value
  }
  return numbers
}
