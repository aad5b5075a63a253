import type { AddressKind, NotConfigured, SenderContext } from '@carillon/contract'
import { outboxProvider } from './outbox.ts'
import type { PushOptions } from './options.ts'
import type { PushProvider } from './provider.ts'

/** The kinds of addresses that push services have. */
export const pushKinds = ['fcm', 'apns', 'webpush'] as const satisfies AddressKind[]
export type PushKind = (typeof pushKinds)[number]

const MISSING =
  'set FCM_CREDENTIALS (Android), APNS_KEY, APNS_KEY_ID and APNS_TEAM_ID (Apple), or VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY and VAPID_SUBJECT (browsers)'

/** A provider for each kind of address that is configured; the outbox for the others, where there is one. */
export async function providersFor(
  options: PushOptions,
  { outbox, outbound, shared }: SenderContext,
): Promise<Partial<Record<PushKind, PushProvider>> | NotConfigured> {
  const configured: Partial<Record<PushKind, PushProvider>> = {}
  if (outbound && shared) {
    const { webPushProvider } = await import('./webpush/provider.ts') // web-push takes time to load
    configured.webpush = await webPushProvider(options.webpush, { outbound, shared })
  }
  if (Object.keys(configured).length === 0 && !outbox) return { missing: MISSING }
  const others = outbox && outboxProvider(outbox)
  return { ...(others && { fcm: others, apns: others, webpush: others }), ...configured }
}
