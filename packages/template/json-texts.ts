import { DEFAULT_LIMITS } from './engine.ts'
import { tooMuchText, tooSlow } from './template-error.ts'

type Fields = Readonly<Record<string, unknown>>

/** Gets a text, and the object that it is a field of. */
type RenderText = (source: string, within: Fields | undefined) => string

/** Characters that the texts of a value write together: as many as one may write. */
const MOST_WRITTEN = DEFAULT_LIMITS.memory
/** Milliseconds for the texts of a value together. */
const TIME_MS = 4 * DEFAULT_LIMITS.time

/**
 * A copy of a value out of JSON in which each text is rendered, at every depth.
 * @throws TemplateError when the texts cost too much together, though each is within its own limits
 */
export function renderTexts<T>(value: T, render: RenderText): T {
  return rendered(value, limited(render), undefined)
}

function limited(render: RenderText): RenderText {
  const end = performance.now() + TIME_MS
  let left = MOST_WRITTEN
  return (source, within) => {
    const text = render(source, within)
    if (text !== source) left -= text.length
    if (left < 0) throw tooMuchText()
    if (performance.now() > end) throw tooSlow()
    return text
  }
}

function rendered<T>(value: T, render: RenderText, within: Fields | undefined): T {
  if (typeof value === 'string') return render(value, within) as T
  if (Array.isArray(value)) return value.map((item: unknown) => rendered(item, render, within)) as T
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([key, inner]) => [key, rendered(inner, render, value as Fields)])
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
