import type { DownloadedFile, DownloadRequest } from '@carillon/contract'
import { type Dispatcher, request } from 'undici'

const MOST_REDIRECTS = 5
const MB = 1024 * 1024

/** The URL, or what it leads to, will not do: to ask again would change nothing. */
export class UnusableUrl extends Error {}

interface Guarded {
  dispatcher: Dispatcher
  /** Throws for a host that may not be asked; each redirect passes it too. */
  admit(url: URL): void
}

/** Gets a file, through redirects, each of which is guarded like the first address. */
export async function download(
  { dispatcher, admit }: Guarded,
  { url, timeout, most }: DownloadRequest,
): Promise<DownloadedFile> {
  const signal = AbortSignal.timeout(timeout)
  let at = new URL(url)
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    if (!/^https?:$/.test(at.protocol)) throw new UnusableUrl('The URL leads to an address that is not http or https.')
    admit(at)
    const answer = await request(at, { dispatcher, method: 'GET', headers: { 'user-agent': 'Carillon' }, signal })
    const next = redirectOf(answer, at)
    if (!next) return { status: answer.statusCode, contentType: typeOf(answer), content: await contentOf(answer, most) }
    answer.body.on('error', () => {}).destroy()
    at = next
  }
  throw new UnusableUrl(`The URL redirects more than ${MOST_REDIRECTS} times.`)
}

function redirectOf({ statusCode, headers }: Dispatcher.ResponseData, from: URL): URL | undefined {
  const { location } = headers
  if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string') return undefined
  const next = URL.parse(location, from.href)
  if (!next) throw new UnusableUrl('The URL redirects to what is not a URL.')
  return next
}

function typeOf({ headers }: Dispatcher.ResponseData): string {
  const type = headers['content-type']
  return typeof type === 'string' ? type : ''
}

/** Of a refusal there is nothing to read. */
async function contentOf({ statusCode, headers, body }: Dispatcher.ResponseData, most: number): Promise<Buffer> {
  const isRefusal = statusCode < 200 || statusCode > 299
  if (isRefusal || Number(headers['content-length'] ?? 0) > most) {
    body.on('error', () => {}).destroy()
    if (isRefusal) return Buffer.alloc(0)
    throw tooLarge(most)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > most) throw tooLarge(most)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(most: number): UnusableUrl {
  return new UnusableUrl(`The file is larger than ${Math.floor(most / MB)} MB.`)
}
