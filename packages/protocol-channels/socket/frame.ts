const SPACE = /[ \t\n\r]*/y
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y
/** Up to the next thing that decides how deep we are. */
const PLAIN = /[^"{}[\],]*/y

/** A message of a client. */
export interface ClientFrame {
  event: string
  channel?: string
  /** Whatever the client says; not looked at yet. */
  data: unknown
  /** The message as it came. */
  text: string
}

/** @returns undefined for what is no JSON object with an event */
export function readFrame(text: string): ClientFrame | undefined {
  const { event, channel, data } = fieldsOf(parsed(text))
  if (typeof event !== 'string') return undefined
  return { event, data, text, ...(typeof channel === 'string' && { channel }) }
}

/** The fields of an object, which may come as JSON within JSON; of anything else, none. */
export function fieldsOf(data: unknown): Record<string, unknown> {
  const value = typeof data === 'string' ? parsed(data) : data
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** JSON; undefined for what is nested too deeply, for writing recurses, unlike reading. What is absent is ''. */
export function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * A field of a JSON object as its sender wrote it: JavaScript would lose digits of large numbers.
 * @param text JSON of an object, known to be well-formed
 */
export function rawField(text: string, name: string): string | undefined {
  let value: string | undefined
  let at = after(SPACE, text, text.indexOf('{') + 1)
  while (text[at] === '"') {
    const colon = text.indexOf(':', after(STRING, text, at))
    const key: unknown = JSON.parse(text.slice(at, after(STRING, text, at)))
    const start = after(SPACE, text, colon + 1)
    const end = endOfValue(text, start)
    if (key === name) value = text.slice(start, end).trimEnd() // as in JSON.parse, the last one counts
    at = after(SPACE, text, end + 1)
  }
  return value
}

/** @returns where the comma or the brace is that ends it */
function endOfValue(text: string, start: number): number {
  for (let at = after(PLAIN, text, start), depth = 0; ; at = after(PLAIN, text, at)) {
    const sign = text[at]
    if (depth === 0 && (sign === ',' || sign === '}')) return at
    if (sign === '{' || sign === '[') depth++
    else if (sign === '}' || sign === ']') depth--
    at = sign === '"' ? after(STRING, text, at) : at + 1
  }
}

function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  pattern.test(text)
  return pattern.lastIndex
}
