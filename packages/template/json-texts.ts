type Fields = Readonly<Record<string, unknown>>

/**
 * A copy of a value out of JSON in which each text is rendered, at every depth.
 * @param render gets a text and the object that it is a field of
 */
export function renderTexts<T>(
  value: T,
  render: (source: string, within: Fields | undefined) => string,
  within?: Fields,
): T {
  if (typeof value === 'string') return render(value, within) as T
  if (Array.isArray(value)) return value.map((item: unknown) => renderTexts(item, render, within)) as T
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([key, inner]) => [key, renderTexts(inner, render, value as Fields)])
  return Object.fromEntries(fields) as T
}

/** Levels of lists and objects; no message has as many. */
const DEEPEST = 20

interface Complaint {
  message: string
  path: string[]
}

/**
 * What is wrong with a value out of JSON whose texts are templates, and where.
 * @param check what is wrong with a template; null when nothing is
 */
export function complaintIn(
  value: unknown,
  check: (source: string) => string | null,
  depth = DEEPEST,
): Complaint | undefined {
  if (typeof value === 'string') {
    const complaint = check(value)
    return complaint === null ? undefined : { message: `is not a valid template: ${complaint}`, path: [] }
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === 0) return { message: `must have at most ${DEEPEST} levels`, path: [] }
  for (const [key, inner] of Object.entries(value)) {
    const found = complaintIn(inner, check, depth - 1)
    if (found) return { ...found, path: [key, ...found.path] }
  }
  return undefined
}
