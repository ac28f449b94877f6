import type { Command } from 'commander'

/** The filter of a search on the command line; docs/sql.md says what each means. */
export interface FilterOptions {
  site?: string[]
  recorder?: string[]
  deployment?: string[]
  label?: string[]
  from?: string
  to?: string
  hours?: string
  months?: string
  sun?: string
}

const collect = (value: string, before: string[] = []) => [...before, value]

/** Give a command the options of a filter. Times are checked by the server. */
export function withFilterOptions(command: Command): Command {
  return command
    .option('--site <site>', 'only segments of this site (repeatable: any of them)', collect)
    .option('--recorder <recorder>', 'only of this recorder (repeatable)', collect)
    .option(
      '--deployment <prefix>',
      "only of this deployment, by its prefix in the sources' file (repeatable)",
      collect,
    )
    .option('--label <label>', 'only segments that this label overlaps (repeatable)', collect)
    .option('--from <time>', "only segments that begin at or after (ISO; without an offset in each site's own time)")
    .option('--to <time>', 'only segments that begin before')
    .option('--hours <from-to>', 'only at this local time of day: 18:00-06:00, or several with commas')
    .option('--months <months>', 'only in these local months: 6,7 or 11-2')
    .option(
      '--sun <when>',
      'only by the sun there: day, night, dawn, dusk, sunset-00:30..sunset+02:00, sunset..sunrise',
    )
}

/** The fields of a filter, as the API takes them. */
export function filterFields(options: FilterOptions): Record<string, string | string[]> {
  const { site, recorder, deployment, label, from, to, hours, months, sun } = options
  const fields = Object.entries({ site, recorder, deployment, label, from, to, hours, months, sun })
  return Object.fromEntries(
    fields.flatMap(([name, value]) =>
      value === undefined || value.length === 0
        ? []
        : [[name, Array.isArray(value) && value.length === 1 ? (value[0] as string) : value]],
    ),
  )
}
