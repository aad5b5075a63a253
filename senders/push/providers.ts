import type { AddressKind, Logger, NotConfigured, SenderContext } from '@carillon/contract'
import { guardCalls } from '@carillon/to-addresses'
import { apnsHeaders, apnsPayload } from './apns/notification.ts'
import { fcmMessage } from './fcm/message.ts'
import type { PushOptions } from './options.ts'
import { outboxProvider, type Sketch } from './outbox.ts'
import type { PushProvider } from './provider.ts'
import { ownValues } from './shared-values.ts'
import { payloadOf } from './webpush/payload.ts'

/** The kinds of addresses that push services have. */
export const pushKinds = ['fcm', 'apns', 'webpush'] as const satisfies AddressKind[]
export type PushKind = (typeof pushKinds)[number]
type PushProviders = Record<PushKind, PushProvider>

/** What has to be set for each. */
const SETTINGS: Record<PushKind, string> = {
  fcm: 'FCM_CREDENTIALS',
  apns: 'APNS_KEY, APNS_KEY_ID and APNS_TEAM_ID',
  webpush: 'VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY and VAPID_SUBJECT',
}

const NAMES: Record<PushKind, string> = { fcm: 'FCM', apns: 'APNs', webpush: 'Web Push' }

/** What each would be sent, for the outbox. */
const SKETCHES: Record<PushKind, Sketch> = {
  fcm: (message) => ({ payload: { message: fcmMessage(message).message } }),
  apns: (message, address) => ({
    headers: apnsHeaders(message, address, address.target),
    payload: JSON.parse(apnsPayload(message)) as object,
  }),
  webpush: (message) => ({ payload: JSON.parse(payloadOf(message)) as object }),
}

const MISSING = `set ${SETTINGS.fcm} (Android), ${SETTINGS.apns} (Apple), or ${SETTINGS.webpush} (browsers)`

/**
 * A provider for each kind of address that is configured; the outbox for the others, where there is one. Each is loaded
 * only if it is needed.
 * @returns them by kind, and the names of those that are configured
 */
export async function providersFor(
  { fcm, apns, webpush }: PushOptions,
  context: SenderContext,
): Promise<{ providers: PushProviders; names: string[] } | NotConfigured> {
  const { outbox, outbound, shared = ownValues(), log } = context
  const configured: Partial<PushProviders> = {
    ...(fcm && { fcm: await (await import('./fcm/fcm.ts')).fcmProvider(fcm, context) }),
    ...(apns && { apns: (await import('./apns/apns.ts')).apnsProvider(apns, { ...context, shared }) }),
    ...(outbound && {
      webpush: await (await import('./webpush/provider.ts')).webPushProvider(webpush, { ...context, outbound, shared }),
    }),
  }
  const kinds = pushKinds.filter((kind) => configured[kind])
  if (kinds.length === 0 && !outbox) return { missing: MISSING }
  const other = (kind: PushKind) =>
    outbox ? outboxProvider(outbox, SKETCHES[kind], notConfigured(kind, log)) : notConfigured(kind, log)
  const providers = { fcm: other('fcm'), apns: other('apns'), webpush: other('webpush'), ...configured }
  return { providers, names: kinds.map((kind) => NAMES[kind]) }
}

/** Seconds that an address waits for its provider's credentials before it is tried again. */
const WITHOUT_CREDENTIALS_S = 300

/** Credentials that the operator forgot are no fault of the push: its addresses are tried again as long as attempts go on. */
function notConfigured(kind: PushKind, log: Logger): PushProvider {
  const guard = guardCalls(kind, { log })
  const retry = `no worker has the settings for ${kind}: set ${SETTINGS[kind]}`
  return {
    deliver: () => guard(async () => ({ retry, after: WITHOUT_CREDENTIALS_S, sent: 'no', needsOperator: true })),
  }
}
