/*
 * The frames that a client gets. `data` is a string, JSON inside JSON, as the protocol has it; only a
 * `pusher:error` carries an object.
 */

/** An event of a channel; `data` is the publisher's string as it is. */
export function channelEvent(channel: string, event: string, data: string): string {
  return JSON.stringify({ event, channel, data })
}

/** One of the protocol's own events on a channel. */
export function internalEvent(channel: string, event: string, data: object): string {
  return JSON.stringify({ event: `pusher_internal:${event}`, channel, data: JSON.stringify(data) })
}

/** One of the protocol's own events on the connection. */
export function connectionEvent(event: string, data: object): string {
  return JSON.stringify({ event: `pusher:${event}`, data: JSON.stringify(data) })
}

/** A cache channel has nothing to show. */
export function cacheMiss(channel: string): string {
  return JSON.stringify({ event: 'pusher:cache_miss', channel, data: '{}' })
}

/** Why a client is not let onto a channel; `status` as HTTP has it. */
export function subscriptionError(channel: string, reason: { type: string; error: string; status: number }): string {
  return JSON.stringify({ event: 'pusher:subscription_error', channel, data: JSON.stringify(reason) })
}

export function errorEvent(code: number | null, message: string, channel?: string): string {
  return JSON.stringify({ event: 'pusher:error', data: { code, message }, ...(channel !== undefined && { channel }) })
}

/** Whether a text looks like a frame, without the cost of reading it. */
export function isJsonObject(text: string): boolean {
  return text.startsWith('{') && text.endsWith('}')
}

/** The data that a member gave about itself when it joined; empty if another process wrote data that cannot be read. */
export function memberInfo(info: string): unknown {
  try {
    return info === '' ? undefined : JSON.parse(info)
  } catch {
    return undefined
  }
}

export function memberChange(channel: string, change: { member: string; here: boolean; info: string }): string {
  const { member: user_id, here, info } = change
  if (!here) return internalEvent(channel, 'member_removed', { user_id })
  return internalEvent(channel, 'member_added', { user_id, user_info: memberInfo(info) })
}
