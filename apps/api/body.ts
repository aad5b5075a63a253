import type { Context } from 'hono'
import { CarillonError } from '@carillon/contract'
import { readBody as readBounded, Refusal, textOf } from '@carillon/http'
import type { ApiEnv } from './parts.ts'

/** Bytes. */
const MAX_BODY = 1_048_576

/** Bytes of a body that may hold files of 10 MB in base64, percent-encoded. */
export const LARGE_BODY = 16 * MAX_BODY

export type BodyKind = 'form' | 'json'

/**
 * The body's bytes; the body of GET and HEAD is ignored.
 * @throws CarillonError `too_large` above 1 MB, or the limit of the route; `unsupported_media_type` if it is compressed;
 * `bad_request` if it breaks off.
 */
export async function readBody(c: Context<ApiEnv>): Promise<Uint8Array> {
  const maxBytes = c.get('mostBody') ?? MAX_BODY
  try {
    return await readBounded(c.req.raw, maxBytes)
  } catch (error) {
    throw error instanceof Refusal ? bodyError(error, maxBytes) : error
  }
}

/** @throws CarillonError `unsupported_media_type` for anything but a form or JSON, `bad_request` for broken UTF-8. */
export function decodeBody(c: Context<ApiEnv>, body: Uint8Array): { kind: BodyKind; text: string } {
  if (body.length === 0) return { kind: 'form', text: '' }
  const kind = bodyKind(c)
  try {
    return { kind, text: textOf(body) }
  } catch (error) {
    throw new CarillonError('bad_request', (error as Refusal).message)
  }
}

function bodyError({ status, message, cause }: Refusal, maxBytes: number): CarillonError {
  if (status === 413) return new CarillonError('too_large', `The body must be at most ${maxBytes / MAX_BODY} MB.`)
  if (status === 415) return unsupported(message)
  // A stream throws a TypeError if something else has read it before.
  if (cause instanceof TypeError)
    return new CarillonError('internal', 'The API must be mounted before any middleware that parses bodies.', { cause })
  return new CarillonError('bad_request', message, { cause })
}

function bodyKind(c: Context<ApiEnv>): BodyKind {
  const type = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return 'form'
  if (type === 'application/json') return 'json'
  throw unsupported('The Content-Type must be application/x-www-form-urlencoded or application/json.')
}

function unsupported(sentence: string): CarillonError {
  return new CarillonError('unsupported_media_type', sentence)
}
