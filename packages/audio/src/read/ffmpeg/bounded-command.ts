/**
 * ffmpeg's `-max_alloc` bounds one allocation, not their sum. All its memory together is bounded by the address space: an
 * ffmpeg of a distribution takes some 300 MB of it at work, its libraries included.
 */
const maxAddressSpaceKb = 1 << 20

/** Where there is no POSIX shell, memory is bounded by -max_alloc alone, and time by who waits. */
const shell = process.platform === 'win32' ? null : '/bin/sh'

/** 127: the shell found no such program (POSIX, Shell Command Language, 2.8.2). */
const notFound = 127

/**
 * A command that is ended when it takes more than 1 GiB of memory or `cpuS` seconds of processor time, even where nobody
 * is left to end it. A limit that the system cannot set (memory, on macOS) is left out. The process keeps its id.
 */
export function boundedCommand(program: string, args: string[], cpuS: number): [program: string, args: string[]] {
  if (shell === null) return [program, args]
  const limits = `ulimit -v ${maxAddressSpaceKb} 2>/dev/null; ulimit -t ${Math.ceil(cpuS)} 2>/dev/null`
  return [shell, ['-c', `${limits}; exec "$0" "$@"`, program, ...args]]
}

/** Whether a bounded command ended because its program is not installed. code: an exit code, or an error's code. */
export const isMissingProgram = (code: unknown): boolean => code === 'ENOENT' || code === notFound
