import pusherJs, { type Channel, type Options, type PresenceChannel } from 'pusher-js'
import { LiveError, outcome, type PusherJs } from './outcome.ts'
import { type LiveOptions, pusherOptions } from './options.ts'

/** A live connection. It reconnects by itself and restores its subscriptions. */
export interface Live {
  /**
   * Signs in as the pusher that the application confirms, so that its pushes arrive.
   * @returns the id. @throws LiveError
   */
  signIn(): Promise<string>
  /**
   * Hears each push of `sendrealtime`, and what `sendToUser` sends. Bind it before signing in: what
   * waited arrives right then. @returns what ends it.
   */
  onPush(listener: (push: LiveEvent) => void): () => void
  /** Subscribes; the listener receives every event from the first on. @throws LiveError */
  subscribe(channel: string, listener: (event: LiveEvent) => void): Promise<Channel>
  /** Joins a presence channel, and reports its members at once and at each change. @throws LiveError */
  join(
    channel: string,
    onMembers: (members: LiveMember[]) => void,
    listener?: (event: LiveEvent) => void,
  ): Promise<PresenceChannel>
  /** The client of pusher-js, for everything else. */
  pusher: PusherJs
  close(): void
}

// The module is the class; its types say that it has a default export.
const Pusher = pusherJs as unknown as new (key: string, options: Options) => PusherJs

/**
 * Connects to a Carillon server, from a browser or Node.
 * @throws TypeError naming the option that cannot be used.
 */
export function connectLive(options: LiveOptions): Live {
  const pusher = new Pusher(options.key, pusherOptions(options))
  return {
    signIn: () => signIn(pusher),
    onPush: (listener) => listenTo(pusher.user, listener),
    subscribe: (channel, listener) => subscribe(pusher, channel, listener),
    join: (channel, onMembers, listener = () => {}) => join(pusher, channel, onMembers, listener),
    pusher,
    close: () => pusher.disconnect(),
  }
}

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
function listenTo(emitter: GlobalEmitter, listener: (event: LiveEvent) => void): () => void {
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
async function subscribe(pusher: PusherJs, name: string, listener: (event: LiveEvent) => void): Promise<Channel> {
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

/** As `subscribe`, and reports the members at once and at each change. */
async function join(
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

/** Signs in, on this connection and on each that follows it. @returns the user's id, who can be reached now. */
async function signIn(pusher: PusherJs): Promise<string> {
  const { user } = pusher
  // The server's yes comes first, and only then the subscription that a user is reached by.
  const isReachable = () => {
    const { serverToUserChannel: own } = user as { serverToUserChannel: Channel | null }
    return own?.subscribed ?? false
  }
  if (!isReachable()) {
    const no: [typeof user, string] = [user, 'pusher:signin_error']
    const answered = outcome(pusher, { yes: [pusher.connection, 'message', isReachable], no })
    user.signin()
    await answered.catch((error: unknown) => {
      // Else pusher-js would not ask again before it has another connection.
      user.signin_requested = false
      throw error
    })
  }
  const { id } = (user.user_data ?? {}) as { id?: string }
  if (id === undefined) throw new LiveError('unavailable', 'The connection was closed right after the sign-in')
  return id
}
