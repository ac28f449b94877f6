import type { Queryable } from '@coro/shared/database/open'

/** A query of the page, and the answer behind it where there is one. */
const block = /```sql\n(.*?)```\n(?:\n```text\n.*?```\n)?/gs

/** The queries of docs/sql.md, in order. */
export const queriesOf = (page: string): string[] => [...page.matchAll(block)].map(([, query]) => query ?? '')

/** The page with these answers behind its queries, one each. */
export function withAnswers(page: string, answers: string[]): string {
  let n = 0
  return page.replaceAll(
    block,
    (_, query: string) => `\`\`\`sql\n${query}\`\`\`\n\n\`\`\`text\n${answers[n++]}\`\`\`\n`,
  )
}

/** Types whose values psql sets to the right: integers, floats, numeric. Source: pg_type.dat. */
const numeric = new Set([20, 21, 23, 26, 700, 701, 1700])

/** Run a query and print its rows as psql does. */
export async function printed(queryable: Queryable, query: string): Promise<{ text: string; rows: number }> {
  const answer = await queryable.query<(string | null)[]>({
    text: query,
    rowMode: 'array',
    types: { getTypeParser: () => (value: unknown) => value },
  })
  const columns = answer.fields.map(({ name, dataTypeID }, i) => {
    const cells = answer.rows.map((row) => row[i] ?? '')
    return {
      name,
      cells,
      width: Math.max(name.length, ...cells.map((cell) => cell.length)),
      right: numeric.has(dataTypeID),
    }
  })
  const centred = (name: string, width: number) => {
    const left = Math.floor((width - name.length) / 2)
    return ' '.repeat(left) + name + ' '.repeat(width - name.length - left)
  }
  const lines = [
    columns.map(({ name, width }) => ` ${centred(name, width)} `).join('|'),
    columns.map(({ width }) => '-'.repeat(width + 2)).join('+'),
    ...answer.rows.map((_, row) =>
      columns
        .map(({ cells, width, right }) => ` ${right ? cells[row]?.padStart(width) : cells[row]?.padEnd(width)} `)
        .join('|'),
    ),
    `(${answer.rows.length} row${answer.rows.length === 1 ? '' : 's'})`,
  ]
  return { text: lines.map((line) => `${line.trimEnd()}\n`).join(''), rows: answer.rows.length }
}
