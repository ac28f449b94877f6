/** One process, one thread: the CPU of preparing every recording of a folder, and of embedding its windows. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defaultFrontEnd } from '@coro/audio/front-end'
import { prepareAudio } from '@coro/audio/prepare-audio'
import { fileStorage } from '@coro/shared/storage/file-storage'
import { resolveModel } from '@coro/embed/model/resolve-model'
import { loadModel } from '@coro/embed/model/session'
import { embedWindows } from '@coro/embed/model/embed-windows'

const [source = '', out = '', engineName] = process.argv.slice(2)
const engine = engineName === 'portable' ? 'portable' : 'kernel'
mkdirSync(out, { recursive: true })

const cpuS = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

interface PreparedFile {
  raw: string
  denoised: string
  windows: number
}
const files: PreparedFile[] = []
let audioS = 0
const prepareBegan = process.cpuUsage()
for await (const page of fileStorage(pathToFileURL(source).href).list()) {
  for (const { key } of page) {
    const i = files.length
    const outputs = { raw: join(out, `${i}-raw.wav`), denoised: join(out, `${i}-denoised.wav`) }
    try {
      const path = join(source, key)
      createHash('sha256').update(readFileSync(path)).digest() // the prepare stage reads each file twice, once for its hash
      const prepared = await prepareAudio({ path, fileName: key, outputs, frontEnd: defaultFrontEnd, engine })
      files.push({ ...outputs, windows: prepared.segments.length })
      audioS += prepared.durationS
    } catch {
      // what cannot be read costs the pipeline nothing to speak of either
    }
  }
}
const prepareCpuS = cpuS(prepareBegan)

const model = await loadModel(await resolveModel({ model: 'logmel-stats-1280', cacheDir: out }))
const window = 160_000
const read = (path: string, windows: number) => {
  const bytes = readFileSync(path)
  return new Int16Array(bytes.buffer, bytes.byteOffset + 44, windows * window)
}
let windows = 0
const embedBegan = process.cpuUsage()
for (const file of files) {
  windows += file.windows
  for (const path of [file.raw, file.denoised]) await embedWindows(model, read(path, file.windows), () => false)
}
const embedCpuS = cpuS(embedBegan)
console.log(JSON.stringify({ audioS, prepareCpuS, embedCpuS, windows }))
process.exit(0)
