import { existsSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { extname } from 'node:path'
import { unpackZip, zipComment } from '@coro/exchange/zip/unpack-zip'
import { commandContext, type CommonOptions } from '../command-context.js'
import { createOutput } from '../print/output.js'
import { createProgress } from '../print/progress.js'
import { unwritable } from '../print/unwritable.js'
import { searchRequest, type SearchOptions } from '../search-request.js'
import { readSubject, usage } from '../search-subject.js'
import { openClient } from '../system/client.js'
import { saveAnswer } from '../system/save-answer.js'
import { formatOf } from './export.js'

type Format = 'csv' | 'parquet' | 'raven' | 'audacity' | 'zip'

interface ExportSearchOptions extends CommonOptions, SearchOptions {
  out?: string
  format?: Format
  audio?: string
  formulas?: boolean
}

/** `coro export search ... --out FILE|FOLDER` */
export async function exportSearch(options: ExportSearchOptions): Promise<void> {
  const { out, audio } = options
  if (out === undefined) throw usage('--out FILE says where to; - is standard output')
  if (out === '-' && options.json === true) throw usage('--json and --out - both want standard output')
  const isFolder = out !== '-' && (out.endsWith('/') || (existsSync(out) && statSync(out).isDirectory()))
  const format = options.format ?? (isFolder ? usageOfFolder() : formatOf(out, endings))
  // A file has room for one table; labels have no column for the recording.
  const byRecording = isFolder || extname(out).toLowerCase() === '.zip'
  if (isFolder && (format === 'csv' || format === 'parquet')) throw usage(`${format} is one file: ${out} is a folder`)
  if (format === 'audacity' && !byRecording) {
    throw usage('Audacity has a file for each recording: --out names a folder (with / behind it) or a .zip')
  }
  const { config } = commandContext(options)
  const output = createOutput(options.json === true || out === '-')
  const { kind, fields } = searchRequest(options)
  const subject = await readSubject(options)
  const query = new URLSearchParams({
    format,
    ...(format === 'raven' && byRecording ? { layout: 'recordings' } : {}),
    ...(audio === undefined ? {} : { audio }),
    ...(options.formulas === false ? { formulas: 'keep' } : {}),
  })
  await using client = await openClient(config, subject.roles)
  using progress = createProgress(output, 'export')
  const response = await subject.open(client, `/v1/exports/${kind}?${query.toString()}`, fields)
  const file = isFolder ? `${out.replace(/\/+$/, '')}.zip.part` : out
  const { rows, bytes } = await saveAnswer(response, file, progress)
  progress[Symbol.dispose]()
  if (out === '-') return
  const { files, remark } = isFolder ? await unpack(file, out) : { files: 1, remark: await remarkOf(format, out) }
  const answer = { export: 'search', format, output: out, matches: rows, files, bytes, remark }
  output.result(answer, () => {
    const what = [...(rows === null ? [] : [`${rows} matches`]), isFolder ? `${files} files` : `${bytes} bytes`]
    output.say(`${out}: ${what.join(', ')}`)
    if (remark !== null) output.say(remark)
  })
}

const endings: Record<string, Format> = { '.csv': 'csv', '.parquet': 'parquet', '.zip': 'zip' }

function usageOfFolder(): never {
  throw usage('--format says what the folder is to hold: raven, audacity or zip (the WAVs and matches.csv)')
}

/** A zip of ours into a folder; the zip goes. */
async function unpack(zip: string, folder: string): Promise<{ files: number; remark: string | null }> {
  try {
    const { files, comment } = await unpackZip(zip, folder)
    return { files, remark: comment || null }
  } catch (error) {
    throw unwritable(folder, error as Error)
  } finally {
    await rm(zip, { force: true })
  }
}

/** What a zip of WAVs says was left out. */
async function remarkOf(format: Format, out: string): Promise<string | null> {
  return format === 'zip' ? (await zipComment(out)) || null : null
}
