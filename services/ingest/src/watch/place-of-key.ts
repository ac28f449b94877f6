import type { Place } from '@coro/shared/database/recordings'
import { recorderIdOf, siteIdOf, type SourceRow } from '@coro/shared/database/sources'
import type { Queryable } from '@coro/shared/database/open'

/** Finds the deployment, site and recorder of a key; names become ids once, then come from memory. */
export interface PlaceFinder {
  (key: string): Promise<Place>
}

/**
 * The longest deployment prefix decides. Without a deployment the folders do, as most people lay out cards:
 * `site/recorder/...`; a key in one folder has a site, a key in none the source's own name.
 */
export function createPlaceFinder(queryable: Queryable, source: SourceRow): PlaceFinder {
  const deployments = [...source.deployments].sort((a, b) => b.prefix.length - a.prefix.length)
  const sites = new Map<string, number>()
  const recorders = new Map<string, number>()
  const remember = async (known: Map<string, number>, name: string, find: () => Promise<number>) => {
    const id = known.get(name) ?? (await find())
    known.set(name, id)
    return id
  }
  return async (key) => {
    const deployment = deployments.find(({ prefix }) => key.startsWith(prefix))
    if (deployment) {
      return { deploymentId: deployment.id, siteId: deployment.siteId, recorderId: deployment.recorderId }
    }
    const { site, recorder } = namesOfKey(key, source)
    return {
      deploymentId: null,
      siteId: await remember(sites, site, () => siteIdOf(queryable, site)),
      recorderId:
        recorder === null ? null : await remember(recorders, recorder, () => recorderIdOf(queryable, recorder)),
    }
  }
}

/** Site and recorder by the folders of a key: `lagoa/A1/20260110_190000.WAV` is recorder A1 at site lagoa. */
export function namesOfKey(
  key: string,
  source: Pick<SourceRow, 'url' | 'name'>,
): { site: string; recorder: string | null } {
  const folders = key.split('/').slice(0, -1)
  const ownName = source.name ?? decodeURIComponent(source.url.split('/').at(-1) ?? source.url)
  return { site: folders[0] ?? ownName, recorder: folders[1] ?? null }
}
