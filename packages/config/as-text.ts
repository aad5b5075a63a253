/**
 * The text of a flag's value, or of one in JSON: SENDERS may be a list, null means "not set".
 * Undefined: none of these.
 */
export function asText(value: unknown): string | undefined {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return isTexts(value) ? value.join(',') : undefined
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
