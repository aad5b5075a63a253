import { ECDH } from 'node:crypto'
import * as z from 'zod'
import { type AddressKind, CarillonError } from '@carillon/contract'
import { isPrivateHost } from '@carillon/outgoing'
import { discordWebhook, slackWebhook, teamsWebhook, type WebhookRule } from './webhook-rules.ts'

/** What identifies an address, as callers give it. */
export interface GivenToken {
  kind: AddressKind
  token?: string | undefined
  subscription?: Subscription | undefined
}

/** @param allowPrivateHooks lets URLs be http, and point at private addresses; those of chats at any host, such as a mock */
export interface TokenRules {
  allowPrivateHooks: boolean
}

/**
 * The token as it is stored, so that two spellings of one are the same.
 * @throws CarillonError `invalid_field`, which names the field
 */
export function tokenOf({ kind, token, subscription }: GivenToken, rules: TokenRules): string {
  if (kind === 'webpush') return subscriptionToken(token, subscription, rules)
  if (subscription !== undefined) throw wrong('subscription is only for the kind webpush')
  if (token === undefined) throw wrong(isDevice(kind) ? NO_DEVICE_TOKEN : 'token is required')
  if (token.includes('…')) throw wrong('token is shortened: "…" stands for the rest of it, so copy the whole')
  return checks[kind](token, rules)
}

/** What an app sends that asks for its token too early. */
const NO_DEVICE_TOKEN = 'token is missing: perhaps the app has no device token yet'

function isDevice(kind: AddressKind): boolean {
  return kind === 'fcm' || kind === 'apns'
}

type Check = (token: string, rules: TokenRules) => string

const checks: Record<Exclude<AddressKind, 'webpush'>, Check> = {
  fcm(token) {
    refuseExpo(token)
    if (APNS_TOKEN.test(token)) throw wrong("token is Apple's: register it with the kind apns")
    return shaped(/^[\w:.-]{20,4096}$/, FCM_FORM)(token, NO_URL)
  },
  apns(token) {
    refuseExpo(token)
    return shaped(/^(?:[\da-f]{2}){16,200}$/, APNS_FORM)(token.toLowerCase(), NO_URL)
  },
  /** `#general` would be ambiguous: channels are renamed. */
  slack: (token, rules) => (/^[CDGUW][A-Z\d]{7,20}$/.test(token) ? token : webhook(slackWebhook)(token, rules)),
  discord: webhook(discordWebhook),
  teams: webhook(teamsWebhook),
  /** Groups have negative ids; public channels and groups have names of 4 to 32 characters. */
  telegram: shaped(/^(?:-?[1-9]\d{0,19}|@[A-Za-z]\w{3,31})$/, 'must be the id of a chat, or an @name'),
}

const NO_URL: TokenRules = { allowPrivateHooks: false }

/** Google defines no format; it may send to Firebase installation ids, which have 22 characters, instead of tokens. */
const FCM_FORM = 'must be a registration token of FCM, such as eH0fLhuiRj2Np7UQ-opXAm:APA91b…'
/** Apple says that the length varies: 32 bytes today. iOS hands it over as bytes, which apps write in hex. */
const APNS_FORM = 'must be a device token in hex, such as 740f4707bebcf74f…'
const APNS_TOKEN = /^[\da-f]{64}$/i

/** Expo has tokens of its own, which only Expo's servers can send to. */
function refuseExpo(token: string): void {
  if (/^Expo(?:nent)?PushToken\[/.test(token))
    throw wrong("token is Expo's: register what getDevicePushTokenAsync() returns instead")
}

function shaped(pattern: RegExp, message: string): Check {
  return (token) => {
    if (!pattern.test(token)) throw wrong(`token ${message}`)
    return token
  }
}

function webhook({ host, path, must, ended }: WebhookRule): Check {
  return (token, rules) => {
    if (!token.includes(':')) throw wrong(`token must be ${must}`)
    const href = checkedUrl('token', token, rules)
    const { hostname, pathname } = new URL(href)
    if (ended?.host.test(hostname)) throw wrong(`token ${ended.instead}`)
    const isService = host.test(hostname)
    const isFit = isService ? path.test(pathname) : rules.allowPrivateHooks
    if (!isFit) throw wrong(`token must be ${must}`)
    return href
  }
}

/** The place itself is looked up when something is sent to it. */
function checkedUrl(field: string, text: string, { allowPrivateHooks }: TokenRules): string {
  const parsed = URL.parse(text)
  const isFit = parsed?.protocol === 'https:' || (allowPrivateHooks && parsed?.protocol === 'http:')
  if (parsed?.protocol === 'http:' && !isFit)
    throw wrong(`${field} must be an https URL; ALLOW_PRIVATE_HOOKS=1 allows http`)
  if (!parsed || !isFit) throw wrong(`${field} must be an https URL`)
  if (!allowPrivateHooks && isPrivateHost(parsed.hostname))
    throw wrong(`${field} must not point at a private address; ALLOW_PRIVATE_HOOKS=1 allows that`)
  return parsed.href
}

const BASE64 = /^[\w+/-]+={0,2}$/

/** Browsers write base64url; older libraries wrote base64. */
function bytes(isRight: (content: Buffer) => boolean, message: string) {
  return z
    .string({ error: textError })
    .refine((text) => BASE64.test(text) && isRight(Buffer.from(text, 'base64url')), message)
    .transform((text) => Buffer.from(text, 'base64url').toString('base64url'))
}

function textError({ input }: { input?: unknown }): string {
  return input === undefined ? 'is required' : 'must be text'
}

/** RFC 8291, 2.1: uncompressed. */
function isPointOnP256(key: Buffer): boolean {
  try {
    return key.length === 65 && key[0] === 4 && ECDH.convertKey(key, 'prime256v1').length > 0
  } catch {
    return false
  }
}

const keys = {
  p256dh: bytes(isPointOnP256, 'must be a public key on P-256: 65 bytes, uncompressed, in base64url'),
  /** RFC 8291, 2.2. */
  auth: bytes(({ length }) => length === 16, 'must be 16 bytes in base64url'),
}

function objectError(what: string) {
  return { error: ({ input }: { input?: unknown }) => (input === undefined ? 'is required' : `must be ${what}`) }
}

/** What a browser's `PushSubscription.toJSON()` returns: https://www.w3.org/TR/push-api/#dom-pushsubscriptionjson */
export const subscriptionSchema = z.object(
  {
    endpoint: z.string({ error: textError }).max(2048, 'must be at most 2048 characters'),
    keys: z.object(keys, objectError('an object with p256dh and auth')),
  },
  objectError('what PushSubscription.toJSON() returns, as a JSON object'),
)
type Subscription = z.output<typeof subscriptionSchema>

function subscriptionToken(
  token: string | undefined,
  subscription: Subscription | undefined,
  rules: TokenRules,
): string {
  if (token !== undefined) throw wrong('token is not for the kind webpush, which has a subscription')
  if (subscription === undefined) throw wrong('subscription is required')
  const endpoint = checkedUrl('subscription.endpoint', subscription.endpoint, rules)
  return JSON.stringify({ endpoint, keys: subscription.keys })
}

function wrong(sentence: string): CarillonError {
  return new CarillonError('invalid_field', sentence)
}
