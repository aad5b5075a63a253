import { type Downloads, errorCode, type Outbound, OutboundError, type OutboundRequest } from '@carillon/contract'
import { Agent, type Dispatcher, request } from 'undici'
import { download, UnusableUrl } from './download.ts'
import { isPrivateLiteral, PrivateAddress, publicLookup } from './public-address.ts'

export interface GuardedOutbound extends Outbound, Downloads {
  close(): Promise<void>
}

const MOST_READ = 64 * 1024
const CONNECTIONS_PER_HOST = 20

/** @param allowPrivate lets URLs point anywhere, such as at a neighbour on the same network */
export function guardedOutbound({ allowPrivate }: { allowPrivate: boolean }): GuardedOutbound {
  const agent = new Agent({
    connections: CONNECTIONS_PER_HOST,
    ...(!allowPrivate && { connect: { lookup: publicLookup } }),
  })
  const admit = ({ hostname }: URL) => {
    if (!allowPrivate && isPrivateLiteral(hostname)) throw new PrivateAddress()
  }
  return {
    post: (outbound) =>
      explaining(() => {
        admit(new URL(outbound.url))
        return post(agent, outbound)
      }),
    download: (asked) => explaining(() => download({ dispatcher: agent, admit }, asked)),
    close: () => agent.destroy(),
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

async function post(dispatcher: Dispatcher, { url, headers, body, timeout }: OutboundRequest) {
  const signal = AbortSignal.timeout(timeout)
  const answer = await request(url, {
    dispatcher,
    method: 'POST',
    headers: { 'user-agent': 'Carillon', ...headers },
    body,
    signal,
  })
  return { status: answer.statusCode, body: await beginningOf(answer.body) }
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

function sentenceFor(error: Error): string {
  if (error instanceof PrivateAddress || error instanceof UnusableUrl) return error.message
  if (error.name === 'TimeoutError') return 'There was no answer in time.'
  return `The URL cannot be reached (${errorCode(error)}).`
}
