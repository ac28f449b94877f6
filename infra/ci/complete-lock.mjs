// node infra/ci/complete-lock.mjs [--check]: completes package-lock.json after an `npm install` that could not see
// every platform's build of a native package.
//
// A registry mirror may lack the builds for other platforms. npm then leaves them out of the lock file, and `npm ci`
// refuses that file everywhere ("Missing: @scope/name@ from lock file"). They are exact optional dependencies named
// after their platform, so their entries can be written from the parent's: version, os, cpu and libc. Without an
// integrity they are installed, where they fit, from the registry that is then in use.
import { readFileSync, writeFileSync } from 'node:fs'

const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const CPU = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }

const path = new URL('../../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))
const added = []

for (const [parentPath, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const found = Object.keys(lock.packages).some((at) => at.endsWith(`node_modules/${name}`))
    if (found) continue
    const words = name.split('/').at(-1).split('-')
    const os = words.find((word) => OS.includes(word))
    const cpu = words.find((word) => CPU.includes(word))
    const libc = LIBC[words.at(-1)]
    if (!os || !cpu || !/^\d/.test(version)) throw new Error(`${parentPath} wants ${name}@${version}: not understood`)
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(parent.dev ? { dev: true } : {}),
      ...(libc && os === 'linux' ? { libc: [libc] } : {}),
      optional: true,
      os: [os],
    }
    added.push(`${name}@${version}`)
  }
}

for (const entry of added) console.log(`${process.argv.includes('--check') ? 'missing' : 'added'}: ${entry}`)
if (process.argv.includes('--check')) process.exitCode = added.length > 0 ? 1 : 0
else if (added.length > 0) {
  const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'))
  lock.packages = Object.fromEntries(sorted)
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
}
