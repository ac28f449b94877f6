/**
 * Patterns of keys: `{site}/{recorder}/{date}/...`. `{name}` stands for at least one character, `*` for any number and `?`
 * for one, all within one folder's or file's name; a component `**` for any folders, none included. A pattern that ends
 * with `/`, `/...` or `/**` takes everything below; another one the whole key. `{site}` and `{recorder}` give names; any
 * other name is only there to be read.
 */
export interface KeyPattern {
  /** What the pattern begins with before anything varies. */
  literal: string
  /** The names that a key gives, or null where it does not fit. */
  match(key: string): { site?: string; recorder?: string } | null
  /** The pattern with a key's site and recorder filled in, up to them: what tells deployments apart. */
  filled(names: { site?: string; recorder?: string }): string
}

const token = /\{([A-Za-z][A-Za-z0-9]*)\}|\*|\?/g

/** Why a text is no pattern; null where it is one. */
export function whyNoPattern(text: string): string | null {
  const names = namesOfPattern(text)
  if (new Set(names).size !== names.length) return 'a name stands twice in the pattern'
  if (/[{}]/.test(text.replaceAll(token, ''))) return 'names stand in braces: {site}, {recorder}, {date}'
  if (text.startsWith('/')) return 'keys do not begin with a slash'
  const components = componentsOf(text).components
  if (components.filter((c) => c === '**').length > 2) return 'at most two components may be **'
  // Each that varies multiplies what a key can be tried against.
  if (components.some((c) => c !== '**' && (c.match(token)?.length ?? 0) > 4)) {
    return 'at most four of {name}, * and ? in the name of one folder or file'
  }
  if (components.some((c) => c !== '**' && c.includes('**'))) return '** must be a whole component: a/**/b'
  if (/\{[^}]*\}\{/.test(text)) return 'two names must have something between them'
  return null
}

/** The names in braces. */
export const namesOfPattern = (text: string): string[] =>
  [...text.matchAll(token)].flatMap(([, name]) => (name === undefined ? [] : [name]))

/** Read a pattern that whyNoPattern() has nothing against. */
export function keyPattern(text: string): KeyPattern {
  const { components, isOpen } = componentsOf(text)
  let source = '^'
  for (const [i, component] of components.entries()) {
    const isLast = i === components.length - 1
    if (component === '**') source += isLast ? '.*' : '(?:[^/]+/)*'
    else source += regexOf(component) + (isLast ? '' : '/')
  }
  const expression = new RegExp(source + (isOpen ? '/.+$' : '$'), 'su')
  const begin = token.exec(text)?.index ?? text.length
  token.lastIndex = 0
  return {
    literal: text.slice(0, begin).replace(/\.\.\.$/, ''),
    match(key) {
      const groups = expression.exec(key)?.groups
      if (!expression.test(key)) return null
      const { site, recorder } = groups ?? {}
      return { ...(site === undefined ? {} : { site }), ...(recorder === undefined ? {} : { recorder }) }
    },
    filled(names) {
      const last = components.findLastIndex((component) => /\{(site|recorder)\}/.test(component))
      const kept = components.slice(0, last < 0 ? components.length : last + 1)
      const isWhole = kept.length === components.length
      const filled = kept.map((c) =>
        c.replaceAll(/\{(site|recorder)\}/g, (all, n: 'site' | 'recorder') => names[n] ?? all),
      )
      return filled.join('/') + (isWhole && !isOpen ? '' : '/')
    },
  }
}

/** The names between slashes, and whether the pattern takes everything below them. */
function componentsOf(text: string): { components: string[]; isOpen: boolean } {
  const closed = text.replace(/\/(\.\.\.|\*\*)?$/, '')
  return { components: closed.split('/'), isOpen: closed !== text }
}

function regexOf(component: string): string {
  let source = ''
  let at = 0
  for (const found of component.matchAll(token)) {
    source += escaped(component.slice(at, found.index))
    const [all, name] = found
    if (name !== undefined) source += `(?<${name}>[^/]+?)`
    else source += all === '*' ? '[^/]*?' : '[^/]'
    at = found.index + all.length
  }
  return source + escaped(component.slice(at))
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
