import { malformed, Refusal, tooLarge } from './answers.ts'

const NONE = new Uint8Array()

/** Fatal, because a replaced character would be stored and signed as something else than was sent. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads the body of a request. The body of GET and HEAD is ignored.
 * @param maxBytes no more are read
 * @throws Refusal 413 if the body is larger; 415 if it is compressed; 400 if it cannot be read to its end, with the
 * reason as `cause`, which is a TypeError if something else has read the body before.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (request.method === 'GET' || request.method === 'HEAD') return NONE
  try {
    const body = await readBounded(request, maxBytes)
    if (body.length > 0) refuseEncoded(request.headers)
    return body
  } catch (cause) {
    throw cause instanceof Refusal ? cause : malformed('The connection ended before the body was complete.', { cause })
  }
}

/** @throws Refusal 400 */
export function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body)
  } catch {
    throw malformed('The body is not UTF-8.')
  }
}

async function readBounded(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const length = request.headers.get('content-length')
  if (length === null) return readStream(request.body, maxBytes)
  if (Number(length) > maxBytes) throw tooLargeBody(maxBytes)
  return new Uint8Array(await request.arrayBuffer())
}

/** Reads a chunked body. The server drains what is left of it: if the stream were cancelled, the answer would be lost. */
async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream?.values({ preventCancel: true }) ?? []) {
    size += chunk.length
    if (size > maxBytes) throw tooLargeBody(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A compressed body would be stored and signed as something else than the caller means. */
function refuseEncoded(headers: Headers): void {
  const encoding = headers.get('content-encoding') ?? 'identity'
  if (/^(?:identity)?$/i.test(encoding)) return
  throw new Refusal(415, `A body with the Content-Encoding ${encoding} is not supported; send it uncompressed.`)
}

function tooLargeBody(maxBytes: number): Refusal {
  return tooLarge(`The body may have at most ${maxBytes} bytes.`)
}
