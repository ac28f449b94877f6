const dateAndTime = new RegExp(
  '(?:^|[^0-9])((?:19|20)[0-9]{2})[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12][0-9]|3[01])' +
    '(?:[-_T ]?([01][0-9]|2[0-3])[-_h.:]?([0-5][0-9])(?:[-_m.:]?([0-5][0-9]))?)?',
)

/**
 * The instant that a file's name tells, its clock read as UTC: `20260110_190000.WAV`, `S4A01234_2026-01-10T19-00-00.wav`,
 * `REC_20260110.wav`; null where it tells none. Only to order the backlog: what a recording really claims about its start is
 * settled when it is prepared.
 */
export function startInKey(key: string): Date | null {
  const name = key.slice(key.lastIndexOf('/') + 1)
  const found = dateAndTime.exec(name)
  if (!found) return null
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((digits: string | undefined) => Number(digits ?? 0))
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second))
}
