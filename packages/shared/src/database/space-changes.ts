/** Counts what this process changed about spaces: lists of them that were read before are old. */
let changes = 0

export const spaceChanges = (): number => changes

/** A space was made, removed, activated, or got another index. */
export function noteSpaceChange(): void {
  changes += 1
}
