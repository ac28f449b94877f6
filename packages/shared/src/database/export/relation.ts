import { CoroError } from '../../errors.js'
import type { Queryable } from '../open.js'

/** What a column holds for a reader (packages/exchange writes each kind in its own way). */
export type ExportKind = 'text' | 'json' | 'integer' | 'real' | 'boolean' | 'instant' | 'local' | 'day' | 'vector'

export interface ExportColumn {
  name: string
  kind: ExportKind
}

/** A table or view of the schema coro, and how it is read. */
export interface Relation {
  name: string
  columns: ExportColumn[]
  /** Selects the columns, in their order. */
  sql: string
  countSql: string
}

export interface RelationListing {
  name: string
  kind: 'table' | 'view'
  comment: string | null
}

/** Every table and view of the schema coro, views first: they are what people read. */
export async function listRelations(queryable: Queryable): Promise<RelationListing[]> {
  const { rows } = await queryable.query<RelationListing>(
    `select c.relname as name, case when c.relkind in ('v', 'm') then 'view' else 'table' end as kind,
            obj_description(c.oid, 'pg_class') as comment
       from pg_class c where c.relnamespace = 'coro'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
      order by 2 desc, 1`,
  )
  return rows
}

interface Attribute {
  name: string
  type: string
  isArray: boolean
  isEnum: boolean
}

/** A table or view by name. Throws EXPORT_UNKNOWN, naming those that there are. */
export async function findRelation(queryable: Queryable, name: string): Promise<Relation> {
  const { rows } = await queryable.query<Attribute>(
    `select a.attname as name, t.typname as type, t.typcategory = 'A' as "isArray", t.typcategory = 'E' as "isEnum"
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       join pg_type t on t.oid = a.atttypid
      where c.relnamespace = 'coro'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and c.relname = $1
      order by a.attnum`,
    [name],
  )
  if (rows.length === 0) {
    const names = (await listRelations(queryable)).map((relation) => relation.name)
    throw new CoroError(
      'EXPORT_UNKNOWN',
      `There is nothing called ${name} to export; there are embeddings, search, and the views and tables ${names.join(', ')}.`,
      { disposition: 'reject' },
    )
  }
  // A column of embeddings comes last in a file.
  const columns = rows.map(readAs).sort((a, b) => Number(a.kind === 'vector') - Number(b.kind === 'vector'))
  const order = [`id`, `${name.replace(/s$/, '')}_id`].find((key) => columns.some((column) => column.name === key))
  const from = `from coro.${quote(name)}`
  return {
    name,
    columns: columns.map(({ name, kind }) => ({ name, kind })),
    sql: `select ${columns.map(({ sql }) => sql).join(', ')} ${from}${order === undefined ? '' : ` order by ${quote(order)}`}`,
    countSql: `select count(*) as n ${from}`,
  }
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`

/** How a column is selected so that pg gives what its kind promises. */
function readAs({ name, type, isArray }: Attribute): ExportColumn & { sql: string } {
  const column = quote(name)
  if (isArray) return { name, kind: 'json', sql: `to_json(${column})::text` }
  switch (type) {
    case 'int2':
    case 'int4':
    case 'int8':
      return { name, kind: 'integer', sql: `${column}::bigint` }
    case 'float4':
      // By way of its shortest text: .95, not .949999988.
      return { name, kind: 'real', sql: `${column}::text::double precision` }
    case 'float8':
    case 'numeric':
      return { name, kind: 'real', sql: `${column}::double precision` }
    case 'bool':
      return { name, kind: 'boolean', sql: column }
    case 'timestamptz':
      return { name, kind: 'instant', sql: `case when isfinite(${column}) then ${column} end` }
    case 'timestamp':
      return { name, kind: 'local', sql: `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS')` }
    case 'date':
      return { name, kind: 'day', sql: `to_char(${column}, 'YYYY-MM-DD')` }
    case 'json':
    case 'jsonb':
      return { name, kind: 'json', sql: `${column}::text` }
    case 'bytea':
      return { name, kind: 'text', sql: `encode(${column}, 'hex')` }
    case 'vector':
    case 'halfvec':
      return { name, kind: 'vector', sql: `${type}_send(${column})` }
    default:
      return { name, kind: 'text', sql: `${column}::text` }
  }
}
