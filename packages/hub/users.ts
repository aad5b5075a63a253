import { type Backplane, type LiveUsers, messageFormat, type RealtimeMessage, type Roster } from '@carillon/contract'
import * as z from 'zod'
import type { EventTap } from './event-tap.ts'
import type { RequestReply } from './request-reply.ts'

/** One connection of a signed-in user. */
export interface UserConnection {
  /** Sends the message to the client. @returns whether the connection accepted it */
  notify(message: RealtimeMessage): boolean | Promise<boolean>
  /** Closes the connection, because all of the user's connections are to end. */
  terminate(): void
  /** Names of the channels that it is on; absent where the protocol has none. */
  channels?(): string[]
}

/** A user's connections, over all processes. */
export interface UserPresence {
  connections: number
  /** The channels that they are on, by name: at most 100 of each process. */
  channels: string[]
}

export interface UsersDeps {
  backplane: Backplane
  roster: Roster
  requestReply: RequestReply
  tap: EventTap
  /** A connection of the user can be notified from now on, whether or not the user was online before. */
  arrived(app: number, user: string): void
}

const REALTIME_MESSAGE = messageFormat<RealtimeMessage>(
  'realtime push',
  z.object({ id: z.string().exactOptional(), event: z.string(), data: z.unknown() }),
)
const ACCEPTED = '1'
const NOT_ACCEPTED = '0'

const CHANNELS = messageFormat<{ channels: string[] }>('channels', z.object({ channels: z.array(z.string()) }))
/** Of one process. */
const MOST_CHANNELS = 100
/** Milliseconds that a process has to name the channels. */
const CHANNELS_WITHIN_MS = 500

/** The users who are online, on any protocol. */
export class Users implements LiveUsers {
  readonly #deps: UsersDeps
  readonly #connections = new Map<string, Set<UserConnection>>()

  constructor(deps: UsersDeps) {
    this.#deps = deps
  }

  /**
   * @param options.listens false: the connection can be notified only once `listens` is called
   * @returns a function that signs the connection out
   */
  async signIn(
    app: number,
    user: string,
    connection: UserConnection,
    { listens = true } = {},
  ): Promise<() => Promise<void>> {
    const topic = topicOf(app, user)
    const connections = this.#connections.get(topic) ?? new Set()
    this.#connections.set(topic, connections)
    connections.add(connection)
    try {
      await this.#deps.requestReply.respond(topic, (question) => this.#answer(connections, question))
      await this.#deps.roster.join(groupOfUsers(app), user)
    } catch (error) {
      await this.#forget(topic, connection)
      throw error
    }
    if (listens) this.listens(app, user)
    return () => this.#signOut(app, user, connection)
  }

  /** A connection of the user can be notified from now on: pushes that waited for it are due now. */
  listens(app: number, user: string): void {
    this.#deps.arrived(app, user)
  }

  async notify(app: number, user: string, push: RealtimeMessage, within: number): Promise<boolean> {
    const enough = (answers: readonly string[]) => answers.includes(ACCEPTED)
    const message = REALTIME_MESSAGE.write(push)
    this.#deps.tap.copy(groupOfUsers(app), user, message)
    const answers = await this.#deps.requestReply.request(topicOf(app, user), message, { within, enough })
    return enough(answers)
  }

  /** Hears the messages to an app's users, whether or not a connection accepts them. @returns what ends the watch */
  watch(app: number, listener: (user: string, message: RealtimeMessage) => void): Promise<() => Promise<void>> {
    return this.#deps.tap.watch(groupOfUsers(app), (user, message) => listener(user, REALTIME_MESSAGE.read(message)))
  }

  /** Ends all connections of a user. Resolves once every process that has any has answered. */
  async terminate(app: number, user: string, within: number): Promise<void> {
    await this.#deps.requestReply.request(topicOf(app, user), TERMINATE, { within })
  }

  /** How many connections each has, index-aligned. */
  connections(app: number, users: readonly string[]): Promise<number[]> {
    return this.#deps.roster.counts(groupOfUsers(app), users)
  }

  /** How many connections a user has, and where they are. */
  async presence(app: number, user: string): Promise<UserPresence> {
    const [connections = 0] = await this.connections(app, [user])
    if (connections === 0) return { connections, channels: [] }
    const within = CHANNELS_WITHIN_MS
    const answers = await this.#deps.requestReply.request(topicOf(app, user), WHICH_CHANNELS, { within })
    const channels = new Set(answers.flatMap((text) => CHANNELS.read(text).channels))
    return { connections, channels: [...channels].toSorted() }
  }

  /** How many users of an app are online. */
  online(app: number): Promise<number> {
    return this.#deps.roster.size(groupOfUsers(app))
  }

  async #signOut(app: number, user: string, connection: UserConnection): Promise<void> {
    if (await this.#forget(topicOf(app, user), connection)) await this.#deps.roster.leave(groupOfUsers(app), user)
  }

  /** @returns whether the connection was signed in */
  async #forget(topic: string, connection: UserConnection): Promise<boolean> {
    const connections = this.#connections.get(topic)
    if (!connections?.delete(connection)) return false
    if (connections.size === 0) {
      this.#connections.delete(topic)
      await this.#deps.backplane.unsubscribe(topic)
    }
    return true
  }

  async #answer(connections: ReadonlySet<UserConnection>, question: string): Promise<string> {
    if (question === TERMINATE) {
      for (const connection of connections) connection.terminate()
      return ACCEPTED
    }
    if (question === WHICH_CHANNELS) return CHANNELS.write({ channels: channelsOf(connections) })
    const push = REALTIME_MESSAGE.read(question)
    return (await anyAccepts([...connections].map(async (connection) => connection.notify(push))))
      ? ACCEPTED
      : NOT_ACCEPTED
  }
}

const TERMINATE = 'terminate'
const WHICH_CHANNELS = 'channels'

function channelsOf(connections: ReadonlySet<UserConnection>): string[] {
  const names = new Set([...connections].flatMap((connection) => connection.channels?.() ?? []))
  return [...names].slice(0, MOST_CHANNELS)
}

/** Resolves as soon as one connection accepts; false when none does. */
function anyAccepts(answers: Promise<boolean>[]): Promise<boolean> {
  const accepted = answers.map(async (answer) => (await answer) || Promise.reject(new Error('not accepted')))
  return Promise.any(accepted).catch(() => false)
}

function topicOf(app: number, user: string): string {
  return `user:${app}:${user}`
}

/** The roster's group of an app's users who are online. */
export function groupOfUsers(app: number): string {
  return `users:${app}`
}
