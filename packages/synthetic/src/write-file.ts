import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Write a file whole or not at all: into a dot file beside it, then renamed over it. Makes its folders. */
export async function writeFileAtomic(path: string, content: Buffer | string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  const partial = join(folder, `.${basename(path)}.${process.pid}.partial`)
  try {
    await writeFile(partial, content)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}
