/**
 * Text of files and their names as one may print it: control characters become `\n`, `\x1b` and so on, so that a name with a
 * line break stays on its line and none commands the terminal.
 */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  return text.replaceAll(/[\0-\x1f\x7f-\x9f\u2028\u2029]/g, (character) => {
    const known = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
    return known ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
