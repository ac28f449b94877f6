/** Where the transforms of a picture lie. */
export interface FramePlan {
  /** A power of two. */
  nFft: number
  /** Frames whose loudest makes one column: more than one where a column is longer than half a frame. */
  framesPerColumn: number
  /** First sample of the n-th frame of all, in order of time; none reaches over the sound's ends. */
  startOf: (frame: number) => number
}

/** A frame is at most this long, whatever the picture's size: the call notes of frogs and birds stay apart. */
const longestFrameS = 0.04
const nFftMin = 256
const nFftMax = 8192

/**
 * Choose the transform from the picture's size: 40 ms of sound, shorter where columns are (eight columns at most, so that
 * what is near stays sharp in time) and where rows need no more (four bins to a row of even height).
 */
export function planFrames(
  samples: number,
  sampleRateHz: number,
  picture: { width: number; height: number; minHz: number; maxHz: number },
): FramePlan {
  const columnSamples = samples / picture.width
  const rowHz = (picture.maxHz - picture.minHz) / picture.height
  const enoughForRows = 2 ** Math.ceil(Math.log2((4 * sampleRateHz) / rowHz))
  const wanted = Math.min(longestFrameS * sampleRateHz, 8 * columnSamples, enoughForRows)
  const nFft = Math.min(nFftMax, Math.max(nFftMin, 2 ** Math.floor(Math.log2(wanted))))
  const framesPerColumn = Math.max(1, Math.ceil(columnSamples / (nFft / 2)))
  const last = Math.max(0, samples - nFft)
  return {
    nFft,
    framesPerColumn,
    startOf: (frame) => {
      const centre = ((frame + 0.5) / framesPerColumn) * columnSamples
      return Math.min(last, Math.max(0, Math.round(centre - nFft / 2)))
    },
  }
}
