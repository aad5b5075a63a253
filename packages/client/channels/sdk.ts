import { CarillonError } from '@carillon/contract'
import Pusher from 'pusher'
import { ApiError, codeOf } from '../errors.ts'
import { parse } from '../request.ts'
import { createTransport } from '../transport.ts'
import type { ChannelsSettings } from './settings.ts'

/** What the SDK hands over to be sent. Its types call the body a string, and it is an object. */
interface Body {
  data?: unknown
  batch?: readonly { data?: unknown }[]
}

/**
 * The official SDK checks, encrypts and signs. Only how a request travels is ours: the SDK bounds no
 * slow body, and its errors carry the signed URL, which is as good as a password for ten minutes.
 */
export class Sdk extends Pusher {
  readonly close: () => void
  readonly #send: (method: 'GET' | 'POST', request: Pusher.RequestOptions, body?: string) => Promise<string>
  readonly #payloadLimit: number

  constructor(settings: ChannelsSettings) {
    const { app, key, secret, encryptionMasterKey, payloadLimit } = settings
    const encryption = encryptionMasterKey === undefined ? {} : { encryptionMasterKeyBase64: encryptionMasterKey }
    super({ appId: app, key, secret, host: settings.url.hostname, ...encryption })
    const transport = createTransport({ ...settings, credentials: null })
    const prefix = settings.url.pathname.replace(/\/+$/, '')
    this.close = transport.close
    this.#payloadLimit = payloadLimit
    this.#send = async (method, { path: subpath, params = {} }, body) => {
      const path = `/apps/${app}${subpath}`
      const query = this.createSignedQueryString({ method, path, params, ...(body !== undefined && { body }) })
      const headers = { ...(body !== undefined && { 'Content-Type': 'application/json' }) }
      const answer = await transport.exchange({ method, pathAndQuery: `${prefix}${path}?${query}`, headers, body })
      if (answer.status < 200 || answer.status > 299) throw refusal(answer)
      parse(answer.status, answer.body)
      return answer.body
    }
  }

  override async get(request: Pusher.GetOptions): Promise<Pusher.Response> {
    return asResponse(await this.#send('GET', request))
  }

  override async post(request: Pusher.RequestOptions & { body: string | Body }): Promise<Pusher.Response> {
    const body = request.body as Body
    for (const { data } of body.batch ?? [body]) checkData(data, this.#payloadLimit)
    return asResponse(await this.#send('POST', request, JSON.stringify(body)))
  }
}

/** A refusal is one sentence of plain text. A proxy's error page is not a refusal. */
function refusal({ status, body }: { status: number; body: string }): ApiError {
  const isSentence = /^[^<{].{1,999}$/s.test(body)
  const sentence = isSentence ? body.trim() : `The server answered ${status} without an explanation.`
  return new ApiError(status, codeOf(status), sentence)
}

/** The SDK's types know the Response of node-fetch only; they read alike. */
function asResponse(body: string): Pusher.Response {
  return new Response(body) as unknown as Pusher.Response
}

/** Checks the data as it is sent: encryption makes it a third longer. */
function checkData(data: unknown, limit: number): void {
  const bytes = typeof data === 'string' ? Buffer.byteLength(data) : 0
  if (bytes <= limit) return
  const sentence = `The data of an event has ${bytes} bytes, and payloadLimit allows ${limit}`
  throw new CarillonError('too_large', sentence)
}

/**
 * Lets the SDK work; it refuses what it is given by a plain Error with a sentence.
 * @throws CarillonError `invalid_field` with that sentence.
 */
export function attempt<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error) throw error
    throw new CarillonError('invalid_field', error.message)
  }
}
