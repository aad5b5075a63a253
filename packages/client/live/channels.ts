import type { Channel, PresenceChannel } from 'pusher-js'
import { outcome, type PusherJs } from './outcome.ts'

export interface LiveEvent {
  event: string
  /** What was sent, read where it was JSON. */
  data: unknown
}

export interface LiveMember {
  id: string
  /** What the application lets others see; null when nothing. */
  info: unknown
  isMe: boolean
}

/** Hears the events of an application, not those of the protocol. @returns what ends it. */
export function listenTo(emitter: GlobalEmitter, listener: (event: LiveEvent) => void): () => void {
  const hear: Hear = (event, data) => {
    if (!event.startsWith('pusher:')) listener({ event, data })
  }
  emitter.bind_global(hear)
  return () => void emitter.unbind_global(hear)
}

type Hear = (event: string, data: unknown) => void

interface GlobalEmitter {
  bind_global(hear: Hear): unknown
  unbind_global(hear: Hear): unknown
}

/** Bound before the answer comes: a cache channel's last event is right behind it. */
export async function subscribe(
  pusher: PusherJs,
  name: string,
  listener: (event: LiveEvent) => void,
): Promise<Channel> {
  const channel = pusher.subscribe(name)
  const deafen = listenTo(channel, listener)
  try {
    await subscribed(pusher, channel)
    return channel
  } catch (error) {
    deafen()
    pusher.unsubscribe(name)
    throw error
  }
}

/** As `subscribe`, and tells who is there at once and at each change. */
export async function join(
  pusher: PusherJs,
  name: string,
  onMembers: (members: LiveMember[]) => void,
  listener: (event: LiveEvent) => void,
): Promise<PresenceChannel> {
  const channel = pusher.subscribe(name) as PresenceChannel
  const tell = () => onMembers(membersOf(channel))
  const events = ['pusher:subscription_succeeded', 'pusher:member_added', 'pusher:member_removed']
  for (const event of events) channel.bind(event, tell)
  if (channel.subscribed) tell()
  try {
    await subscribe(pusher, name, listener)
    return channel
  } catch (error) {
    for (const event of events) channel.unbind(event, tell)
    throw error
  }
}

async function subscribed(pusher: PusherJs, channel: Channel): Promise<void> {
  if (channel.subscribed) return
  await outcome(pusher, {
    yes: [channel, 'pusher:subscription_succeeded'],
    no: [channel, 'pusher:subscription_error'],
  })
}

function membersOf({ members }: PresenceChannel): LiveMember[] {
  const list: LiveMember[] = []
  members.each(({ id, info }: { id: string; info?: unknown }) => {
    list.push({ id, info: info ?? null, isMe: id === String(members.myID) })
  })
  return list
}
