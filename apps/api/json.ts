import { CarillonError } from '@carillon/contract'

/**
 * Parses a JSON array.
 * @throws CarillonError `bad_request`, with V8's message where the text is not JSON.
 */
export function parseJsonArray(text: string): unknown[] {
  const value = parse(text)
  if (Array.isArray(value)) return value
  throw new CarillonError('bad_request', 'The JSON body must be an array.')
}

/**
 * Parses a JSON object.
 * @throws CarillonError `bad_request`, with V8's message where the text is not JSON.
 */
export function parseJsonObject(text: string): Record<string, unknown> {
  const value = parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new CarillonError('bad_request', 'The JSON body must be an object.')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CarillonError('bad_request', `The JSON body is not valid: ${(error as SyntaxError).message}.`)
  }
}
