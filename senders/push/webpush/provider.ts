import type { Outbound, SenderContext, SharedValues } from '@carillon/contract'
import type { PushProvider } from '../provider.ts'
import { vapidKeys } from './keys.ts'
import type { WebPushOptions } from './options.ts'
import { payloadOf } from './payload.ts'
import { webPush } from './web-push.ts'

/** Seconds, four weeks: the message waits for a browser as long as it may. */
const DEFAULT_TTL = 2_419_200

export interface WebPushDeps extends Pick<SenderContext, 'log' | 'watchBreaker'> {
  outbound: Outbound
  shared: SharedValues
}

/** Browsers, each through the push service of its maker. */
export async function webPushProvider(
  { keys, subject }: WebPushOptions,
  { shared, ...deps }: WebPushDeps,
): Promise<PushProvider> {
  const send = webPush({ vapid: { ...(await vapidKeys(keys, shared)), subject }, ...deps })
  return {
    deliver: (address, message) =>
      send(address, {
        payload: payloadOf(message),
        ttl: message.ttl ?? DEFAULT_TTL,
        urgency: message.silent ? 'normal' : message.priority,
        collapse: message.collapse,
      }),
  }
}
