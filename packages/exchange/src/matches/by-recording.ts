import type { ZipEntry } from '../zip/write-zip.js'
import { audacityLabels } from './audacity.js'
import { safeName, safePath, type Match } from './match.js'
import { ravenTable } from './raven.js'

export type AnnotationFormat = 'raven' | 'audacity'

const endings: Record<AnnotationFormat, string> = { raven: '.Table.1.selections.txt', audacity: '.txt' }

/**
 * A file for each recording, named after it and below the same folders, so that it lies beside the recording when it is
 * unpacked there; below a folder for each source where there are several.
 */
export function* annotationsByRecording(matches: Match[], format: AnnotationFormat): Generator<ZipEntry> {
  const recordings = new Map<number, Match[]>()
  for (const match of matches) {
    const ofOne = recordings.get(match.recordingId)
    if (ofOne) ofOne.push(match)
    else recordings.set(match.recordingId, [match])
  }
  const sources = [...new Set(matches.map(({ source }) => source))]
  const taken = new Set<string>()
  for (const ofOne of recordings.values()) {
    const { source, key, recordingId } = ofOne[0] as Match
    const folder = sources.length > 1 ? `${sources.indexOf(source) + 1}-${lastPart(source)}/` : ''
    const plain = `${folder}${safePath(key)}`
    // Names that differ in case alone are one file on many disks.
    const name = taken.has(plain.toLowerCase()) ? `${plain}.${recordingId}` : plain
    taken.add(name.toLowerCase())
    const byTime = [...ofOne].sort((a, b) => a.startS - b.startS)
    const text = format === 'raven' ? ravenTable(byTime) : audacityLabels(byTime)
    yield { name: name + endings[format], bytes: Buffer.from(text, 'utf8'), compress: true }
  }
}

const lastPart = (source: string): string => safeName(source.split('/').filter(Boolean).at(-1) ?? 'source')
