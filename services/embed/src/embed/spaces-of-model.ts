import { createHash } from 'node:crypto'
import { frontEndIdentity, type FrontEnd } from '@coro/audio/front-end'
import { ensureSpaces, type Space } from '@coro/shared/database/spaces'
import type { Platform } from '@coro/shared/process/platform'
import type { ResolvedModel } from '../model/resolve-model.js'

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
      identity: createHash('sha256')
        .update(
          JSON.stringify([
            manifest.sha256,
            manifest.output.name,
            manifest.normalisation,
            manifest.normalisation === 'peak' ? manifest.targetPeak : null,
            frontEndIdentity(frontEnd, variant),
            manifest.windowS,
            manifest.hopS,
          ]),
        )
        .digest('hex'),
      dimension: manifest.output.dimension,
      windowS: manifest.windowS,
      hopS: manifest.hopS,
      active: variant === config.model.activeVariant,
    })),
  )
}
