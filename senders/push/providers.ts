import type { AddressKind, NotConfigured, SenderContext } from '@carillon/contract'
import { outboxProvider } from './outbox.ts'
import type { PushOptions } from './options.ts'
import type { PushProvider } from './provider.ts'
import { ownValues } from './shared-values.ts'

/** The kinds of addresses that push services have. */
export const pushKinds = ['fcm', 'apns', 'webpush'] as const satisfies AddressKind[]
export type PushKind = (typeof pushKinds)[number]
type PushProviders = Partial<Record<PushKind, PushProvider>>

const MISSING =
  'set FCM_CREDENTIALS (Android), APNS_KEY, APNS_KEY_ID and APNS_TEAM_ID (Apple), or VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY and VAPID_SUBJECT (browsers)'

/**
 * A provider for each kind of address that is configured; the outbox for the others, where there is one. Each is loaded
 * only if it is needed.
 */
export async function providersFor(
  { fcm, apns, webpush }: PushOptions,
  context: SenderContext,
): Promise<PushProviders | NotConfigured> {
  const { outbox, outbound, shared = ownValues(), log } = context
  const configured: PushProviders = {
    ...(fcm && { fcm: await (await import('./fcm/fcm.ts')).fcmProvider(fcm, context) }),
    ...(apns && { apns: (await import('./apns/apns.ts')).apnsProvider(apns, { ...context, shared }) }),
    ...(outbound && {
      webpush: await (await import('./webpush/provider.ts')).webPushProvider(webpush, { outbound, shared, log }),
    }),
  }
  if (Object.keys(configured).length === 0 && !outbox) return { missing: MISSING }
  const others = outbox && outboxProvider(outbox)
  return { ...(others && { fcm: others, apns: others, webpush: others }), ...configured }
}
