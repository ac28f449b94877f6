import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { coro, type Role, type ServiceProcess } from '../distributed/services.js'
import { createSystem, type System, type SystemOptions } from '../distributed/system.js'
import { waitUntil } from '../distributed/wait-until.js'
import { faultDeployment, type FaultDeployment } from './fault-deployment.js'
import { figuresOf, type Figures } from './figures.js'
import { checkAnswers, isAllDone, type Reachable } from './final-answers.js'
import { checkStored } from './final-state.js'

export const roles = ['watch', 'prepare', 'embed', 'api'] as const

/** One system that is to be disturbed, and what it is fed with. Disposing ends it. */
export interface FaultRun extends AsyncDisposable {
  readonly system: System
  readonly deployment: FaultDeployment
  services: Record<Role, ServiceProcess>
  /** Start the services, where the run was made `unstarted`. */
  begin(): Promise<void>
  /** Put all files into the source. */
  deliver(): Promise<void>
  /** Wait until so many recordings are searchable: the middle of the run. */
  searchable(count: number): Promise<void>
  /** Wait until all is done, and hold it against what an undisturbed run comes to. */
  checkEnd(): Promise<void>
}

/** Start a system of services to disturb; `unstarted`: without its services yet. */
export async function startFaultRun(
  name: string,
  { unstarted = false, ...options }: SystemOptions & { unstarted?: boolean } = {},
): Promise<FaultRun> {
  const { recordings } = inject('faults')
  const deployment = await faultDeployment(recordings)
  const undisturbed = await undisturbedFigures()
  const system = await createSystem(name, options)
  try {
    const run: FaultRun = {
      ...runOf(system, deployment, () => run.services.api.url, undisturbed),
      services: {} as FaultRun['services'],
      async begin() {
        run.services = await system.start(...roles)
      },
    }
    if (!unstarted) await run.begin()
    return run
  } catch (error) {
    await system[Symbol.asyncDispose]()
    throw error
  }
}

/** Segments, vectors and silences of a run in which nothing goes wrong: made by the first who asks, kept for this run. */
export async function undisturbedFigures(): Promise<Figures> {
  const { folder, recordings } = inject('faults')
  const path = join(folder, 'undisturbed.json')
  if (existsSync(path)) return JSON.parse(await readFile(path, 'utf8')) as Figures
  const deployment = await faultDeployment(recordings)
  await using system = await createSystem('undisturbed')
  const { api } = await system.start(...roles)
  const run = runOf(system, deployment, () => api.url, null)
  await run.deliver()
  await run.checkEnd()
  const figures = await figuresOf(system.database)
  await writeFile(path, JSON.stringify(figures))
  return figures
}

function runOf(
  system: System,
  deployment: FaultDeployment,
  apiUrl: () => string,
  undisturbed: Figures | null,
): Omit<FaultRun, 'services' | 'begin'> {
  const { files, folder } = deployment
  const { settleMs } = inject('faults')
  const reachable: Reachable = {
    get: (path) => system.get(path),
    post: (path, body) => system.post(path, body),
    coro: (...args) => coro(args, { CORO_API_URL: apiUrl() }),
  }
  return {
    system,
    deployment,
    deliver: () =>
      system.deliver(
        folder,
        files.map(({ key }) => key),
      ),
    async searchable(count) {
      await waitUntil(`${count} searchable recordings`, settleMs, async () => {
        const { rows } = await system.database.pool.query<{ n: number }>(
          `select count(*)::integer as n from coro.recording where state = 'searchable'`,
        )
        return (rows[0]?.n ?? 0) >= count
      })
    },
    async checkEnd() {
      await waitUntil(`all ${files.length} files done`, settleMs, () => isAllDone(reachable, files))
      await checkAnswers(reachable, files)
      await checkStored(system, files, undisturbed ?? (await figuresOf(system.database)))
    },
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  }
}
