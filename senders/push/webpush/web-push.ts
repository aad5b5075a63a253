import type { Address, Outbound, OutboundRequest, SenderContext } from '@carillon/contract'
import { type CallResult, guardHosts } from '@carillon/to-addresses'
import webpush from 'web-push'
import { resultOf, resultOfError } from './result.ts'
import { topicOf } from './topic.ts'
import { type Vapid, vapidHeaders } from './vapid.ts'

/** What is sent to a browser. */
export interface WebPushMessage {
  /** What the service worker gets, as JSON. */
  payload: string
  /** Seconds for which the push service keeps it while the browser is away. */
  ttl: number
  urgency: 'high' | 'normal'
  /** Messages with the same one replace each other. */
  collapse: string
}

/** Bytes of payload that fit into a message of 4,096 bytes, which is as much as services must take (RFC 8291, section 4). */
export const MOST_PAYLOAD = 3993
/** Milliseconds for a call, so that it ends before the sender's timeout. */
const TIMEOUT_MS = 10_000

interface WebPushDeps extends Pick<SenderContext, 'log' | 'watchBreaker'> {
  vapid: Vapid
  outbound: Outbound
}

/** Sends messages to browsers, encrypted for each (RFC 8291), by one POST to its push service (RFC 8030). */
export function webPush({
  vapid,
  outbound,
  ...context
}: WebPushDeps): (address: Address, message: WebPushMessage) => Promise<CallResult> {
  const authorizationFor = vapidHeaders(vapid)
  const guard = guardHosts((host) => host, context)
  const call = async (host: string, request: OutboundRequest) => {
    try {
      return resultOf(await outbound.post(request), host)
    } catch (error) {
      return resultOfError(error, host)
    }
  }
  return async ({ token }, message) => {
    const size = Buffer.byteLength(message.payload)
    if (size > MOST_PAYLOAD) return { giveUp: `the notification has ${size} bytes, and browsers take ${MOST_PAYLOAD}` }
    const encrypted = encryptedFor(token, message.payload)
    if (!encrypted) return { disable: 'the subscription cannot be used: its endpoint or its keys are not valid' }
    const { origin, host, href: url } = encrypted.endpoint
    const headers = { ...headersOf(message), Authorization: authorizationFor(origin) }
    return guard(host, () => call(host, { url, headers, body: encrypted.body, timeout: TIMEOUT_MS }))
  }
}

function headersOf({ ttl, urgency, collapse }: WebPushMessage): Record<string, string> {
  return {
    TTL: String(ttl),
    Urgency: urgency,
    Topic: topicOf(collapse),
    'Content-Type': 'application/octet-stream',
    'Content-Encoding': 'aes128gcm',
  }
}

/** @param subscription a browser's `PushSubscription` as JSON; one that cannot be used results in undefined */
function encryptedFor(subscription: string, payload: string): { endpoint: URL; body: Uint8Array } | undefined {
  try {
    const { endpoint, keys } = JSON.parse(subscription) as { endpoint: string; keys: { p256dh: string; auth: string } }
    return {
      endpoint: new URL(endpoint),
      body: webpush.encrypt(keys.p256dh, keys.auth, payload, 'aes128gcm').cipherText,
    }
  } catch {
    return undefined
  }
}
