import pusherJs, { type Channel, type Options, type PresenceChannel } from 'pusher-js'
import { join, listenTo, subscribe, type LiveEvent, type LiveMember } from './channels.ts'
import { pusherOptions, type LiveOptions } from './options.ts'
import type { PusherJs } from './outcome.ts'
import { signIn } from './sign-in.ts'

/** A live connection, which comes back by itself and is then where it was. */
export interface Live {
  /**
   * Signs in as whom the application says: a pusher, so that its pushes arrive.
   * @returns the id. @throws LiveError
   */
  signIn(): Promise<string>
  /**
   * Hears each push of `sendrealtime`, and what `sendToUser` sends. Bind it before signing in: what
   * waited arrives right then. @returns what ends it.
   */
  onPush(listener: (push: LiveEvent) => void): () => void
  /** Subscribes; the listener hears every event from the first on. @throws LiveError */
  subscribe(channel: string, listener: (event: LiveEvent) => void): Promise<Channel>
  /** Joins a presence channel, and tells who is there: at once, and at each change. @throws LiveError */
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
