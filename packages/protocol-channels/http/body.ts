import { malformed, textOf } from '@carillon/request'

/** @throws Refusal 400 */
export function jsonOf(body: Uint8Array): Record<string, unknown> {
  const value = parse(textOf(body))
  if (isObject(value)) return value
  throw malformed('The body must be a JSON object.')
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('The body is not JSON.')
  }
}
