import { createHash } from 'node:crypto'

/** One window of a recording that may be stored or be a query. */
export interface EvaluationWindow {
  segmentId: number
  /** Of its recording, below its source. */
  key: string
  /** Of the window in its recording. */
  index: number
  /** What counts as one recording: equal groups are each other's right answers. */
  group: string
  /** What the split is drawn by: the same for the same files in any database. */
  groupName: string
}

export type Roles = Map<number, 'query' | 'stored'>

/** Queries among n windows of a group: floor(0.3 n + 0.5), at least 1, and at least 1 left to be stored. */
export function queryCount(n: number): number {
  return Math.max(1, Math.min(n - 1, Math.floor(0.3 * n + 0.5)))
}

/**
 * Who is a query and who is stored in one split. Within each group the windows are ordered by
 * sha256("seed/split/groupName/key/index"), and the first queryCount(n) are queries: the same files, seed and split give
 * the same roles in any database, and coro.evaluate_retrieval() in SQL the same as here. Groups of a single window have
 * no role.
 */
export function drawRoles(windows: EvaluationWindow[], seed: number, split: number): Roles {
  const groups = new Map<string, { segmentId: number; digest: string }[]>()
  for (const { segmentId, key, index, group, groupName } of windows) {
    const digest = createHash('sha256').update(`${seed}/${split}/${groupName}/${key}/${index}`).digest('hex')
    const members = groups.get(group) ?? []
    members.push({ segmentId, digest })
    groups.set(group, members)
  }
  const roles: Roles = new Map()
  for (const members of groups.values()) {
    if (members.length < 2) continue
    members.sort((a, b) => (a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : a.segmentId - b.segmentId))
    const queries = queryCount(members.length)
    members.forEach(({ segmentId }, place) => roles.set(segmentId, place < queries ? 'query' : 'stored'))
  }
  return roles
}
