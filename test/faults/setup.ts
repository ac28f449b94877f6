import type { TestProject } from 'vitest/node'
import startStack from '../distributed/stack.js'
import { provideForm } from './form.js'

/** vitest's global setup of the project `faults`: the distributed tests' servers, and the form. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const clear = await provideForm(project)
  const stop = await startStack(project)
  return async () => {
    await stop()
    await clear()
  }
}
