/** What a column holds, whatever the format that it is written in. */
export type ColumnKind =
  /** `json`: a text that is JSON. */
  | 'text'
  | 'json'
  | 'integer'
  | 'real'
  | 'boolean'
  /** A Date: an instant, written in UTC. */
  | 'instant'
  /** Local time without a zone, `2026-01-10T22:00:35.000`. */
  | 'local'
  /** `2026-01-10` */
  | 'day'
  /** Float32Array, of one length throughout the table. */
  | 'vector'

export interface TableColumn {
  name: string
  kind: ColumnKind
}

export type Cell = string | number | boolean | Date | Float32Array | null

/** A table that is read once, a batch of rows at a time; a row has one cell a column. */
export interface Table {
  columns: TableColumn[]
  batches: AsyncIterable<Cell[][]>
}
