import { keyPattern } from '@coro/shared/config/pattern'
import type { Place } from '@coro/shared/database/recordings'
import {
  recorderIdOf,
  saveDeployment,
  siteIdOf,
  type DeploymentPattern,
  type DeploymentRow,
  type SourceRow,
} from '@coro/shared/database/sources'
import type { Queryable } from '@coro/shared/database/open'

/** Finds the deployment, site and recorder of a key; names become ids once, then come from memory. */
export interface PlaceFinder {
  (key: string): Promise<Place>
}

/**
 * What a declared deployment's prefix or pattern says decides: of several that fit the one with the longest beginning
 * before anything varies. Without any the folders do, as most people lay out cards: `site/recorder/...`; a key in one
 * folder has a site, a key in none the source's own name.
 */
export function createPlaceFinder(queryable: Queryable, source: SourceRow): PlaceFinder {
  const rules = [
    ...source.deployments.map((deployment) => ruleOfPrefix(deployment)),
    ...source.patterns.map((declared) => ruleOfPattern(queryable, source.id, declared)),
  ].sort((a, b) => b.literal - a.literal)
  const siteOf = remembering((name) => siteIdOf(queryable, name))
  const recorderOf = remembering((name) => recorderIdOf(queryable, name))
  return async (key) => {
    for (const rule of rules) {
      const deployment = await rule.find(key)
      if (deployment) {
        const { id: deploymentId, siteId, recorderId } = deployment
        return { deploymentId, siteId, recorderId }
      }
    }
    const { site, recorder } = namesOfKey(key, source)
    return {
      deploymentId: null,
      siteId: await siteOf(site),
      recorderId: recorder === null ? null : await recorderOf(recorder),
    }
  }
}

interface Rule {
  /** Length of what a key must begin with. */
  literal: number
  find(key: string): Promise<DeploymentRow> | DeploymentRow | null
}

const ruleOfPrefix = (deployment: DeploymentRow): Rule => ({
  literal: deployment.prefix.length,
  find: (key) => (key.startsWith(deployment.prefix) ? deployment : null),
})

/** Each site and recorder that a pattern meets is a deployment, made when its first key comes. */
function ruleOfPattern(queryable: Queryable, sourceId: number, declared: DeploymentPattern): Rule {
  const pattern = keyPattern(declared.pattern)
  const names = new Map<string, { site: string; recorder: string | null }>()
  const save = remembering((prefix) =>
    saveDeployment(queryable, sourceId, prefix, names.get(prefix) as { site: string; recorder: null }, declared),
  )
  return {
    literal: pattern.literal.length,
    find(key) {
      const matched = pattern.match(key)
      const site = declared.site ?? matched?.site
      if (!matched || site === undefined) return null
      const prefix = pattern.filled(matched)
      names.set(prefix, { site, recorder: declared.recorder ?? matched.recorder ?? null })
      return save(prefix)
    },
  }
}

/** Ask once for each name; a question that failed is asked again. */
function remembering<T>(find: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const known = new Map<string, Promise<T>>()
  return (name) => {
    const before = known.get(name)
    if (before) return before
    const asked = find(name)
    known.set(name, asked)
    asked.catch(() => known.delete(name))
    return asked
  }
}

/** Site and recorder by the folders of a key: `lagoa/A1/20260110_190000.WAV` is recorder A1 at site lagoa. */
export function namesOfKey(
  key: string,
  source: Pick<SourceRow, 'url' | 'name'>,
): { site: string; recorder: string | null } {
  // `a//x.wav` is a key of a bucket like any other; what stands between the slashes is no name.
  const folders = key
    .split('/')
    .slice(0, -1)
    .filter((folder) => folder !== '')
  const ownName = source.name ?? decodeURIComponent(source.url.split('/').at(-1) ?? source.url)
  return { site: folders[0] ?? ownName, recorder: folders[1] ?? null }
}
