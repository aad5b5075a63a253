import { malformed, Refusal, tooLarge } from './refusal.ts'

const NONE = new Uint8Array()
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The body of any request but GET and HEAD, which have none.
 * @throws Refusal 413 beyond `most` bytes, of which no more are read; 415 for one that is compressed; 400 for a body
 * that breaks off.
 */
export async function readBody(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (request.method === 'GET' || request.method === 'HEAD') return NONE
  try {
    const body = await readBounded(request, most)
    if (body.length > 0) refuseEncoded(request.headers)
    return body
  } catch (error) {
    throw error instanceof Refusal ? error : malformed('The body broke off.')
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

async function readBounded(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const length = request.headers.get('content-length')
  if (length === null) return readStream(request.body, most)
  if (Number(length) > most) throw beyond(most)
  return new Uint8Array(await request.arrayBuffer())
}

/** Chunked: nobody has said how much will come. What is left over is the server's to drain, or the answer is lost. */
async function readStream(stream: ReadableStream<Uint8Array> | null, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream?.values({ preventCancel: true }) ?? []) {
    size += chunk.length
    if (size > most) throw beyond(most)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What was compressed would be stored and signed as something else than is meant. */
function refuseEncoded(headers: Headers): void {
  const encoding = headers.get('content-encoding') ?? 'identity'
  if (/^(?:identity)?$/i.test(encoding)) return
  throw new Refusal(415, `A body in Content-Encoding ${encoding} is not understood; send it as it is.`)
}

function beyond(most: number): Refusal {
  return tooLarge(`The body may have at most ${most} bytes.`)
}
