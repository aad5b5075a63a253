import type { Settled } from '@carillon/contract'
import type { ChannelNamespace } from '@carillon/hub'
import type { WebhookEvent } from '../parts.ts'

/** What an app's servers hear of a change that lasted; undefined when it is another's, or a user's own channel. */
export function settledEvent(
  namespace: ChannelNamespace,
  settled: Settled,
): { app: number; event: WebhookEvent } | undefined {
  const { group, member, here } = settled
  const place = namespace.whatIs(group)
  if (!place) return undefined
  const { app, channel } = place
  if (channel !== undefined) {
    return { app, event: { name: here ? 'member_added' : 'member_removed', channel, user_id: member } }
  }
  if (member.startsWith('#')) return undefined
  return { app, event: { name: here ? 'channel_occupied' : 'channel_vacated', channel: member } }
}
