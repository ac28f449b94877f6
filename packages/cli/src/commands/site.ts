import type { SiteView } from '@coro/shared/database/sites'
import { commandContext, type CommonOptions } from '../command-context.js'
import { table } from '../print/output.js'
import { openClient } from '../system/client.js'

interface SiteOptions extends CommonOptions {
  timeZone?: string
  latitude?: number
  longitude?: number
}

/** `coro site [NAME] [--time-zone ZONE] [--latitude N] [--longitude E]`: list the sites, or say where one is. */
export async function site(name: string | undefined, options: SiteOptions): Promise<void> {
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  const { timeZone, latitude, longitude } = options
  const place = { timeZone, latitude, longitude }
  const sites =
    name === undefined
      ? (await client.get<{ sites: SiteView[] }>('/v1/sites')).sites
      : [await client.put<SiteView>(`/v1/sites/${encodeURIComponent(name)}`, place)]
  output.result(name === undefined ? sites : sites[0], () => {
    if (sites.length === 0) output.say('No sites (yet).')
    else {
      output.say(
        table(
          ['site', 'time zone', 'latitude', 'longitude', 'recordings'],
          sites.map((row) => [
            row.name,
            row.timeZone ?? '-',
            row.latitude ?? '-',
            row.longitude ?? '-',
            row.recordings,
          ]),
        ),
      )
    }
  })
}
