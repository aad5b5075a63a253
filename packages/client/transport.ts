import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { urlToHttpOptions } from 'node:url'
import { CarillonError } from '@carillon/contract'
import type { ClientSettings } from './options.ts'

export interface HttpRequest {
  method: string
  /** Sent as it is: fetch would resolve `%2E%2E`, so it cannot name a pusher `..`. */
  pathAndQuery: string
  headers: Record<string, string>
  body: string | undefined
}

interface HttpAnswer {
  status: number
  body: string
}

export interface HttpTransport {
  /** @throws CarillonError `unavailable` when no complete answer came in time. */
  exchange(request: HttpRequest): Promise<HttpAnswer>
  /** Cuts the connections; those of a given agent stay. */
  close(): void
}

/** Idle connections are dropped before usual servers do it (5 s and up), lest a request meets a closing one. */
const IDLE_MS = 4000

/** Connections to the server of `url`, kept between the calls unless the agent is the caller's own. */
export function createTransport({ url, timeout, agent }: ClientSettings): HttpTransport {
  const { request, Agent } = url.protocol === 'https:' ? https : http
  const own = agent ? undefined : new Agent({ keepAlive: true, timeout: IDLE_MS })
  const target = { ...urlToHttpOptions(url), agent: agent ?? own }
  return {
    async exchange({ pathAndQuery, body, ...rest }) {
      const signal = AbortSignal.timeout(timeout)
      try {
        return await answerOf(request({ ...target, ...rest, path: pathAndQuery, signal }), body)
      } catch (cause) {
        const what = signal.aborted ? `did not answer within ${timeout / 1000} s` : reason(cause)
        throw new CarillonError('unavailable', `${url.origin} ${what}`, { cause })
      }
    },
    close: () => own?.destroy(),
  }
}

async function answerOf(request: http.ClientRequest, body: string | undefined): Promise<HttpAnswer> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject).end(body)
  })
  return { status: response.statusCode ?? 0, body: await text(response) }
}

/** `localhost` with two addresses fails with an AggregateError, which has a code and no message. */
function reason(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  return `cannot be reached: ${code ?? message}`
}
