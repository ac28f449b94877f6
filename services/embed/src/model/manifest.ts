import { z } from 'zod'

/**
 * What Coro must know of an ONNX network to run it and to name the embedding space it spans. Every network takes float32
 * [batch, 160000] (5 s of mono at 32 kHz, Perch's contract) and gives float32 [batch, dimension].
 */
export const modelManifestSchema = z
  .strictObject({
    /** Part of the embedding space's name. */
    name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lowercase letters and digits, with hyphens between'),
    version: z.string().min(1).optional(),
    /** Where the .onnx file lies, relative to the manifest; or `url`, from where it is fetched once. */
    file: z.string().min(1).optional(),
    url: z.url({ protocol: /^https?$/ }).optional(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lowercase hexadecimal digits'),
    input: z.strictObject({
      name: z.string().min(1),
      layout: z.tuple([z.literal('batch'), z.literal('samples')]),
      samples: z.literal(160_000),
      /**
       * The amplitude that full scale has at the input: 1, or 32768 for 16-bit numbers as they are, which saves a pass
       * over the samples for a network that takes either because it normalises by itself.
       */
      fullScale: z.literal([1, 32_768]).default(1),
    }),
    output: z.strictObject({ name: z.string().min(1), dimension: z.int().min(2).max(16_000) }),
    sampleRateHz: z.literal(32_000),
    windowS: z.literal(5),
    hopS: z.literal(5),
    /** What is done to a window before the network: nothing, or mean removed and peak scaled to `targetPeak`. */
    normalisation: z.enum(['none', 'peak']),
    /** Hoplite's value for Perch (zoo/model_configs.py @bfac8d0). Meaningless without `peak`. */
    targetPeak: z.number().positive().max(1).default(0.25),
    /** The largest batch the network takes; 1 for one whose batch is fixed. */
    maxBatch: z.int().min(1).max(1024),
    licence: z.string().min(1),
    source: z.string().min(1),
    /** The first values of the embedding of the noise of `seed` (canary-windows.ts), where they are known. */
    canary: z.strictObject({ seed: z.int().nonnegative(), first8: z.array(z.number()).length(8) }).optional(),
  })
  .refine((manifest) => (manifest.file === undefined) !== (manifest.url === undefined), {
    message: 'give either file or url',
  })

export type ModelManifest = z.infer<typeof modelManifestSchema>

/** A manifest whose file is on this machine and has the checksum that the manifest gives. */
export interface ResolvedModel {
  readonly manifest: ModelManifest
  /** Absolute path of the .onnx file. */
  readonly path: string
}
