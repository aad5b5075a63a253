import { createHmac, timingSafeEqual } from 'node:crypto'
import type { App } from '@carillon/contract'
import { badToken, type Claims } from './grant.ts'

const PREFIX = 'T1=='
const HEAD = /^partner_id=([^&]*)&sig=([0-9a-f]{40})$/

export function isT1(token: string): boolean {
  return token.startsWith(PREFIX)
}

/**
 * `T1==` and, in base64, `partner_id=<key>&sig=<hex HMAC-SHA1 of the rest>:<form>`. What is signed are the bytes as
 * they came: makers order and encode the form's fields each their own way.
 * @throws Refusal 403
 */
export function readT1({ key, secrets }: App, token: string): Claims {
  const bytes = decode(token.slice(PREFIX.length))
  const cut = bytes.indexOf(':')
  const [, partner, signature] = HEAD.exec(bytes.subarray(0, cut).toString()) ?? []
  if (cut < 0 || signature === undefined) throw badToken('it is not partner_id=…&sig=…:… in base64')
  if (partner !== key) throw badToken('its partner_id is not the key of the app')
  const data = bytes.subarray(cut + 1)
  if (!secrets.some(({ secret }) => isSigned(secret, data, signature)))
    throw badToken('no secret of its app made its signature')
  return claimsOf(new URLSearchParams(data.toString()))
}

/** What is not canonical base64 would let two texts be one token. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw badToken('it is not base64')
  return bytes
}

function isSigned(secret: string, data: Uint8Array, signature: string): boolean {
  return timingSafeEqual(createHmac('sha1', secret).update(data).digest(), Buffer.from(signature, 'hex'))
}

function claimsOf(form: URLSearchParams): Claims {
  const text = (name: string) => form.get(name) ?? ''
  return {
    sessionId: text('session_id'),
    createdAt: secondsOf(text('create_time')),
    expiresAt: text('expire_time') === '' ? undefined : secondsOf(text('expire_time')),
    role: text('role'),
    connectionData: text('connection_data'),
    layoutClasses: text('initial_layout_class_list'),
  }
}

function secondsOf(text: string): number {
  return /^\d{1,12}(?:\.\d*)?$/.test(text) ? Math.floor(Number(text)) : NaN
}
