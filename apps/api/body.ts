import type { Context } from 'hono'
import { CarillonError } from '@carillon/contract'
import type { ApiEnv } from './parts.ts'

/** Bytes. */
const MAX_BODY = 1_048_576

/** Bytes of a body that may hold files of 10 MB in base64, percent-encoded. */
export const LARGE_BODY = 16 * MAX_BODY

const NONE = new Uint8Array()

/** Fatal: a replaced character would be stored, and signed, as something else than was sent. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export type BodyKind = 'form' | 'json'

/**
 * The body's bytes; those of GET and HEAD are not looked at.
 * @throws CarillonError `too_large` above 1 MB, or what the route takes; `unsupported_media_type` for one that is
 * compressed.
 */
export async function readBody(c: Context<ApiEnv>): Promise<Uint8Array> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return NONE
  try {
    const body = await readLimited(c)
    if (body.length > 0) refuseEncoded(c)
    return body
  } catch (error) {
    throw error instanceof CarillonError ? error : unreadable(error)
  }
}

/** @throws CarillonError `unsupported_media_type` for anything but a form or JSON, `bad_request` for broken UTF-8. */
export function decodeBody(c: Context<ApiEnv>, body: Uint8Array): { kind: BodyKind; text: string } {
  if (body.length === 0) return { kind: 'form', text: '' }
  const kind = bodyKind(c)
  try {
    return { kind, text: utf8.decode(body) }
  } catch {
    throw new CarillonError('bad_request', 'The body is not UTF-8.')
  }
}

async function readLimited(c: Context<ApiEnv>): Promise<Uint8Array> {
  const most = c.get('mostBody') ?? MAX_BODY
  const length = c.req.header('content-length')
  if (length === undefined) return readStream(c.req.raw.body, most)
  if (Number(length) > most) throw tooLarge(most)
  return new Uint8Array(await c.req.raw.arrayBuffer())
}

/** Chunked: nobody has said how much will come. What is left over is the server's to drain. */
async function readStream(stream: ReadableStream<Uint8Array> | null, most: number): Promise<Uint8Array> {
  if (!stream) return NONE
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = stream.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length
    if (size > most) throw tooLarge(most)
    chunks.push(next.value)
  }
  return Buffer.concat(chunks)
}

function refuseEncoded(c: Context<ApiEnv>): void {
  const encoding = c.req.header('content-encoding') ?? 'identity'
  if (!/^(?:identity)?$/i.test(encoding))
    throw unsupported(`A body in Content-Encoding ${encoding} is not understood; send it as it is.`)
}

function bodyKind(c: Context<ApiEnv>): BodyKind {
  const type = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return 'form'
  if (type === 'application/json') return 'json'
  throw unsupported('The Content-Type must be application/x-www-form-urlencoded or application/json.')
}

function unreadable(cause: unknown): CarillonError {
  // A TypeError is what a stream throws that was read before
  if (cause instanceof TypeError)
    return new CarillonError('internal', 'The API must be mounted before whatever parses bodies.', { cause })
  return new CarillonError('bad_request', 'The body broke off.', { cause })
}

function tooLarge(most: number): CarillonError {
  return new CarillonError('too_large', `The body must be at most ${most / MAX_BODY} MB.`)
}

function unsupported(sentence: string): CarillonError {
  return new CarillonError('unsupported_media_type', sentence)
}
