import { type Backplane, type LiveUsers, messageFormat, type RealtimeMessage, type Roster } from '@carillon/contract'
import * as z from 'zod'
import type { Asker } from './asker.ts'

/** One connection of a user. */
export interface Bell {
  /** Hands it over. @returns whether the connection took it */
  ring(message: RealtimeMessage): boolean | Promise<boolean>
  /** Somebody ended all of the user's connections. */
  terminate(): void
}

export interface UsersParts {
  backplane: Backplane
  roster: Roster
  asker: Asker
  /** A user can be rung here, whether or not it was online before. */
  arrived(app: number, user: string): void
}

const REALTIME_MESSAGE = messageFormat<RealtimeMessage>(
  'realtime push',
  z.object({ id: z.string().exactOptional(), event: z.string(), data: z.unknown() }),
)
const TAKEN = '1'
const NOT_TAKEN = '0'

/** Who is online, on whichever protocol. */
export class Users implements LiveUsers {
  readonly #parts: UsersParts
  readonly #bells = new Map<string, Set<Bell>>()

  constructor(parts: UsersParts) {
    this.#parts = parts
  }

  /**
   * @param options.listens false: it can be rung only once `listens` is called
   * @returns what signs this connection out
   */
  async signIn(app: number, user: string, bell: Bell, { listens = true } = {}): Promise<() => Promise<void>> {
    const topic = topicOf(app, user)
    const bells = this.#bells.get(topic) ?? new Set()
    this.#bells.set(topic, bells)
    bells.add(bell)
    try {
      await this.#parts.asker.respond(topic, (question) => this.#answer(bells, question))
      await this.#parts.roster.join(groupOfUsers(app), user)
    } catch (error) {
      await this.#silence(topic, bell)
      throw error
    }
    if (listens) this.listens(app, user)
    return () => this.#signOut(app, user, bell)
  }

  /** A connection of the user can be rung from now on: what waited for that goes now. */
  listens(app: number, user: string): void {
    this.#parts.arrived(app, user)
  }

  async ring(app: number, user: string, push: RealtimeMessage, within: number): Promise<boolean> {
    const enough = (answers: readonly string[]) => answers.includes(TAKEN)
    const answers = await this.#parts.asker.ask(topicOf(app, user), REALTIME_MESSAGE.write(push), { within, enough })
    return enough(answers)
  }

  /** Ends all connections of a user. Resolves once the processes that have any have been told. */
  async terminate(app: number, user: string, within: number): Promise<void> {
    await this.#parts.asker.ask(topicOf(app, user), TERMINATE, { within })
  }

  /** How many connections each has, index-aligned. */
  connections(app: number, users: readonly string[]): Promise<number[]> {
    return this.#parts.roster.counts(groupOfUsers(app), users)
  }

  async #signOut(app: number, user: string, bell: Bell): Promise<void> {
    if (await this.#silence(topicOf(app, user), bell)) await this.#parts.roster.leave(groupOfUsers(app), user)
  }

  /** @returns whether it could ring */
  async #silence(topic: string, bell: Bell): Promise<boolean> {
    const bells = this.#bells.get(topic)
    if (!bells?.delete(bell)) return false
    if (bells.size === 0) {
      this.#bells.delete(topic)
      await this.#parts.backplane.unsubscribe(topic)
    }
    return true
  }

  async #answer(bells: ReadonlySet<Bell>, question: string): Promise<string> {
    if (question === TERMINATE) {
      for (const bell of bells) bell.terminate()
      return TAKEN
    }
    const push = REALTIME_MESSAGE.read(question)
    return (await anyTakes([...bells].map(async (bell) => bell.ring(push)))) ? TAKEN : NOT_TAKEN
  }
}

const TERMINATE = 'terminate'

/** As soon as one does; false when all do not. */
function anyTakes(rings: Promise<boolean>[]): Promise<boolean> {
  const takes = rings.map(async (ring) => ((await ring) ? true : Promise.reject(new Error('not taken'))))
  return Promise.any(takes).catch(() => false)
}

function topicOf(app: number, user: string): string {
  return `user:${app}:${user}`
}

/** The roster's group of an app's users who are online. */
export function groupOfUsers(app: number): string {
  return `users:${app}`
}
