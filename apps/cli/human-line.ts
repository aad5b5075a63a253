interface Entry {
  /** Of our own, or a field that a sender gave this name. */
  level: unknown
  /** ISO 8601. */
  time: string
  msg?: string
  err?: { message?: string; stack?: string }
  [field: string]: unknown
}

/** A line of JSON log as a person reads it: local time, level, message, the fields, and a stack below. */
export function humanLine(json: string): string {
  const { level, time, msg = '', err, ...fields } = JSON.parse(json) as Entry // written by our own logger
  const parts = [
    localTime(time),
    String(level).toUpperCase().padEnd(5),
    msg || err?.message,
    ...Object.entries(fields).map(field),
  ]
  const line = parts.filter(Boolean).join(' ')
  return err?.stack ? `${line}\n${indent(err.stack)}\n` : `${line}\n`
}

function localTime(time: string): string {
  return new Date(time).toTimeString().slice(0, 8)
}

function field([name, value]: [string, unknown]): string {
  return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}
