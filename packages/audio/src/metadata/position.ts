export interface Position {
  /** Decimal degrees north, -90..90 (WGS84). */
  latitude: number
  /** Decimal degrees east, -180..180. */
  longitude: number
}

const number = String.raw`\d+(?:\.\d+)?`
const apart = new RegExp(String.raw`^\(?\s*([+-]?${number})[\s,]+([+-]?${number})\s*\)?$`)
/** ISO 6709: latitude, longitude, perhaps height and reference system, a solidus. */
const together = new RegExp(String.raw`^([+-]${number})([+-]${number})(?:[+-]${number})?(?:CRS\w+)?\/?$`)

/** "lat lon", "lat,lon" or ISO 6709 "+lat+lon/", decimal degrees; null outside the globe and at 0 0 (no fix). */
export function parsePosition(text: string | undefined): Position | null {
  const match = apart.exec(text ?? '') ?? together.exec(text ?? '')
  return match === null ? null : positionOf(Number(match[1]), Number(match[2]))
}

/** Null outside the globe and at 0 0 (no fix). */
export function positionOf(latitude: number, longitude: number): Position | null {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return null
  return latitude === 0 && longitude === 0 ? null : { latitude, longitude }
}
