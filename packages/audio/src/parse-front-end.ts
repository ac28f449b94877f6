import { defaultFrontEnd, type FrontEnd } from './front-end.js'
import { resamplerNames } from './front-end-settings.js'

const fields = new Set([...Object.keys(defaultFrontEnd), 'gateOrder', 'bandPass'])
const gateFields = Object.keys(defaultFrontEnd.gate)

/**
 * A front end that was kept as JSON, or null where it is none that this version computes: another version, or with
 * something in it that is not known here and would silently be left out.
 */
export function parseFrontEnd(value: unknown): FrontEnd | null {
  if (typeof value !== 'object' || value === null) return null
  const frontEnd = value as FrontEnd
  const { version, resampler, gate } = frontEnd
  const isKnown =
    version === defaultFrontEnd.version &&
    Object.values(resamplerNames).includes(resampler) &&
    Object.keys(frontEnd).every((field) => fields.has(field)) &&
    typeof gate === 'object' &&
    Object.keys(gate).length === gateFields.length &&
    gateFields.every((field) => field in gate)
  return isKnown ? frontEnd : null
}
