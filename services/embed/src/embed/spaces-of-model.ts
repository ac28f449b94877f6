import { createHash } from 'node:crypto'
import { frontEndIdentity, type FrontEnd } from '@coro/audio/front-end'
import { parseFrontEnd } from '@coro/audio/parse-front-end'
import { ensureSpaces, type Space } from '@coro/shared/database/spaces'
import type { Platform } from '@coro/shared/process/platform'
import { frontEndIdOf } from '@coro/shared/storage/prepared-keys'
import type { ResolvedModel } from '../model/resolve-model.js'

/** sha256 over everything that decides which vector a window of a recording gets: spaces compare where it is equal. */
function spaceIdentity({ manifest }: ResolvedModel, frontEnd: FrontEnd, variant: Space['variant']): string {
  const parts = [
    manifest.sha256,
    manifest.output.name,
    manifest.normalisation,
    manifest.normalisation === 'peak' ? manifest.targetPeak : null,
    frontEndIdentity(frontEnd, variant),
    manifest.windowS,
    manifest.hopS,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** The front end of a space that this worker's network fills or has filled; null = another network's or version's. */
export function frontEndOfSpace(model: ResolvedModel, space: Space): FrontEnd | null {
  const frontEnd = parseFrontEnd(space.frontEnd)
  return frontEnd !== null && spaceIdentity(model, frontEnd, space.variant) === space.identity ? frontEnd : null
}

/** Find or make the spaces `<model>/<variant>` that the configuration asks for. */
export async function spacesOfModel(
  { database, config }: Platform,
  model: ResolvedModel,
  frontEnd: FrontEnd,
): Promise<Space[]> {
  const { manifest } = model
  return ensureSpaces(
    database,
    config.model.variants.map((variant) => ({
      name: `${manifest.name}/${variant}`,
      model: manifest.name,
      modelSha256: manifest.sha256,
      variant,
      frontEnd,
      frontEndId: frontEndIdOf(frontEndIdentity(frontEnd, 'denoised')),
      identity: spaceIdentity(model, frontEnd, variant),
      dimension: manifest.output.dimension,
      windowS: manifest.windowS,
      hopS: manifest.hopS,
      active: variant === config.model.activeVariant,
    })),
  )
}
