import { CarillonError } from '@carillon/contract'

/** Bytes; what clients send has about a hundred. */
const LONGEST = 16_384

/**
 * Reads what pusher-js posts to an auth endpoint.
 * @throws CarillonError that says what is wrong with it.
 */
export async function authForm(request: Request): Promise<URLSearchParams> {
  if (request.method !== 'POST') throw new CarillonError('method_not_allowed', 'An auth endpoint takes POST')
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw new CarillonError(
      'unsupported_media_type',
      'An auth endpoint takes a form: application/x-www-form-urlencoded',
    )
  }
  return new URLSearchParams(await bodyOf(request))
}

/** @throws CarillonError `bad_request` when it is not there. */
export function fieldOf(form: URLSearchParams, name: 'socket_id' | 'channel_name'): string {
  const value = form.get(name)
  if (value) return value
  throw new CarillonError('bad_request', `${name} is missing: was the body read before it came here?`)
}

async function bodyOf({ body }: Request): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    length += chunk.byteLength
    if (length > LONGEST) throw new CarillonError('too_large', `An auth endpoint takes at most ${LONGEST} bytes`)
  }
  return Buffer.concat(chunks).toString()
}
