import { type Address, type ApnsEnvironment, errorCode, type SenderContext } from '@carillon/contract'
import { type CallResult, guardCalls } from '@carillon/to-addresses'
import type { PushMessage } from '../compose.ts'
import { type Http2Client, http2Client } from '../http2/client.ts'
import type { Http2Answer, Http2Request } from '../http2/exchange.ts'
import { lostAnswer } from '../http2/lost-answer.ts'
import type { PushProvider } from '../provider.ts'
import { LARGEST_PAYLOAD } from '../size.ts'
import { apnsHeaders, apnsPayload } from './notification.ts'
import { type ApnsKey, type ProviderTokens, providerTokens } from './provider-tokens.ts'
import { apnsResult, BAD_TOKEN, EXPIRED_TOKEN, reasonIn } from './result.ts'

export interface ApnsOptions extends ApnsKey {
  /** Of addresses without a target; empty: each needs its own. */
  topic: string
  baseUrls: Record<ApnsEnvironment, string>
}

type ApnsContext = Pick<SenderContext, 'addresses' | 'log' | 'watchBreaker'> & Required<Pick<SenderContext, 'shared'>>

/** Sends through APNs, in the environment of each address. */
export function apnsProvider(options: ApnsOptions, context: ApnsContext): PushProvider {
  const { addresses: book, log } = context
  const tokens = providerTokens(options, context.shared)
  const guard = guardCalls('APNs', context)
  const clients = {
    production: http2Client(options.baseUrls.production),
    sandbox: http2Client(options.baseUrls.sandbox),
  }

  /** A token of one environment is bad in the other. The one that works is remembered. */
  async function deliver(address: Address, message: PushMessage): Promise<CallResult> {
    const topic = address.target || options.topic
    if (topic === '') return noTopic()
    const payload = apnsPayload(message)
    const bytes = Buffer.byteLength(payload)
    if (bytes > LARGEST_PAYLOAD) return { giveUp: `the payload has ${bytes} bytes, and APNs takes ${LARGEST_PAYLOAD}` }
    const request = {
      path: `/3/device/${encodeURIComponent(address.token)}`,
      headers: apnsHeaders(message, address, topic),
      body: payload,
    }
    const first = address.environment || 'production'
    const answer = await postSigned(clients[first], tokens, request)
    if (reasonIn(answer) !== BAD_TOKEN) return apnsResult(answer)
    const other = first === 'production' ? 'sandbox' : 'production'
    const second = await postSigned(clients[other], tokens, request)
    if (reasonIn(second) === BAD_TOKEN) return { remove: `APNs answered 400 ${BAD_TOKEN} in both environments` }
    if (second.status === 200) await remember(address, message.app, other)
    return apnsResult(second)
  }

  async function remember({ id }: Address, app: number, works: ApnsEnvironment): Promise<void> {
    try {
      await book?.change(app, id, { environment: works })
    } catch (error) {
      log.warn({ error: errorCode(error) }, 'the environment of an address could not be stored')
    }
  }

  return {
    deliver: (address, message) =>
      guard(() => deliver(address, message).catch((error: unknown) => lostAnswer('APNs', error))),
    async close() {
      await Promise.all(Object.values(clients).map((client) => client.close()))
    },
  }
}

/** Posts with the provider's token, and once more at once with a new one if APNs says that it has expired. */
async function postSigned(client: Http2Client, tokens: ProviderTokens, request: Http2Request): Promise<Http2Answer> {
  const post = (token: string) =>
    client.post({ ...request, headers: { ...request.headers, authorization: `bearer ${token}` } })
  const token = await tokens.get()
  const answer = await post(token)
  if (reasonIn(answer) !== EXPIRED_TOKEN) return answer
  const renewed = await tokens.renew(token)
  return renewed === undefined ? answer : post(renewed)
}

function noTopic(): CallResult {
  const retry = 'the address has no target, and APNS_TOPIC is not set'
  return { retry, sent: 'no', needsOperator: true }
}
