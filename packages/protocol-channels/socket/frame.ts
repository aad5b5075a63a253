/** A message of a client. */
export interface Frame {
  event: string
  channel?: string
  /** Whatever the client says; not looked at yet. */
  data: unknown
  /** The message as it came. */
  text: string
}

/** @returns undefined for what is no JSON object with an event */
export function readFrame(text: string): Frame | undefined {
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
