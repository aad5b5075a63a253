/** Levels of JSON that are described, because a message may have more of them than there is room for on the stack. */
const DEEPEST = 20

/**
 * What a message looks like without what it says: the fields of JSON stay, with the length of each text and the kind of
 * every other value.
 */
export function masked(text: string): string {
  const value = parsed(text)
  return value === undefined ? lengthOf(text) : JSON.stringify(hidden(value), null, 2)
}

/** Only JSON of several parts. Anything else is a text. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function hidden(value: unknown, level = 0): unknown {
  if (typeof value === 'string') return lengthOf(value)
  if (typeof value === 'object' && value !== null && level < DEEPEST) {
    if (Array.isArray(value)) return value.map((each) => hidden(each, level + 1))
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, hidden(each, level + 1)]))
  }
  if (value === null) return null
  return typeof value === 'object' ? '••• an object' : `••• a ${typeof value}`
}

function lengthOf(text: string): string {
  return `••• ${text.length} ${text.length === 1 ? 'character' : 'characters'}`
}
