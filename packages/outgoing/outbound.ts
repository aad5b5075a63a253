import {
  type DownloadedFile,
  type DownloadRequest,
  type Downloads,
  errorCode,
  type Outbound,
  OutboundError,
  type OutboundAnswer,
  type OutboundRequest,
} from '@carillon/contract'
import { Agent, type Dispatcher, request } from 'undici'
import { isPrivateHost, PrivateAddress, publicLookup } from './public-address.ts'

export interface GuardedOutbound extends Outbound, Downloads {
  close(): Promise<void>
}

const MOST_READ = 64 * 1024
const CONNECTIONS_PER_HOST = 20
const MOST_REDIRECTS = 5
const MB = 1024 * 1024

/** The URL, or what it leads to, cannot be used: a retry would change nothing. */
class UnusableUrl extends Error {}

/** @param allowPrivate lets URLs point anywhere, such as at a neighbour on the same network */
export function guardedOutbound({ allowPrivate }: { allowPrivate: boolean }): GuardedOutbound {
  const dispatcher = new Agent({
    connections: CONNECTIONS_PER_HOST,
    ...(!allowPrivate && { connect: { lookup: publicLookup } }),
  })
  const admit = ({ hostname }: URL) => {
    if (!allowPrivate && isPrivateHost(hostname)) throw new PrivateAddress()
  }
  return {
    post: (outbound) =>
      explaining(() => {
        admit(new URL(outbound.url))
        return post(dispatcher, outbound)
      }),
    download: (wanted) => explaining(() => download({ dispatcher, admit }, wanted)),
    close: () => dispatcher.destroy(),
  }
}

async function explaining<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isFinal = error instanceof PrivateAddress || error instanceof UnusableUrl
    throw new OutboundError(sentenceFor(error as Error), { cause: error, isFinal })
  }
}

function sentenceFor(error: Error): string {
  if (error instanceof PrivateAddress || error instanceof UnusableUrl) return error.message
  if (error.name === 'TimeoutError') return 'The server did not answer in time.'
  if (error.name === 'AbortError') return 'The call was aborted before the server answered.'
  return `The URL cannot be reached (${errorCode(error)}).`
}

async function post(
  dispatcher: Dispatcher,
  { url, headers, body, timeout, signal }: OutboundRequest,
): Promise<OutboundAnswer> {
  const answer = await request(url, {
    dispatcher,
    method: 'POST',
    headers: { 'user-agent': 'Carillon', ...headers },
    body,
    signal: AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]),
  })
  return { status: answer.statusCode, headers: headersOf(answer), body: await beginningOf(answer.body) }
}

function headersOf({ headers }: Dispatcher.ResponseData): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

async function beginningOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= MOST_READ) break
  }
  return Buffer.concat(chunks).subarray(0, MOST_READ).toString()
}

interface UrlGuard {
  dispatcher: Dispatcher
  /** Throws for a host that may not be called. */
  admit(url: URL): void
}

/** Gets a file, through redirects, each of which is guarded like the first address. */
export async function download(
  { dispatcher, admit }: UrlGuard,
  { url, timeout, most }: DownloadRequest,
): Promise<DownloadedFile> {
  const signal = AbortSignal.timeout(timeout)
  let at = new URL(url)
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    if (!/^https?:$/.test(at.protocol))
      throw new UnusableUrl('The URL redirects to an address that is not http or https.')
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
  if (!next) throw new UnusableUrl('The URL redirects to an invalid URL.')
  return next
}

function typeOf({ headers }: Dispatcher.ResponseData): string {
  const type = headers['content-type']
  return typeof type === 'string' ? type : ''
}

/** The body of a refusal is not read. */
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
