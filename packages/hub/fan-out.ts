import type { Batch } from '@carillon/contract'

/** One connection, as the hub sees it. */
export interface HubSession {
  /** Unique over all processes, without line breaks. */
  readonly id: string
  deliver(batch: Batch): void
}

/** What the fan-out sees of a channel. */
export interface FanOutAudience {
  readonly sessions: ReadonlySet<HubSession>
  /** Published in this tick and not delivered yet. */
  pending: Message[]
}

/**
 * Hands messages to sessions once a tick: what a channel got meanwhile is one batch, the same for all its
 * sessions. Only a session that gets messages of several channels, or that is to miss one, has a batch of its
 * own, so that the order in which they were published is kept.
 */
export class FanOut {
  #waiting: FanOutAudience[] = []
  #published = 0
  #flushing: NodeJS.Immediate | undefined

  publish(audience: FanOutAudience, text: string, except: string): void {
    if (audience.pending.length === 0) this.#waiting.push(audience)
    audience.pending.push(new Message(this.#published++, text, except))
    this.#flushing ??= setImmediate(() => this.flush())
  }

  /** At once: before a session leaves or joins, and before it is sent anything else. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const rounds = this.#waiting.map(takePending)
    this.#waiting = []
    clearImmediate(this.#flushing)
    this.#flushing = undefined
    const apart = sessionsApart(rounds)
    for (const { sessions, pending } of rounds) {
      deliver(new Messages(pending), sessions, apart)
    }
    for (const [session, messages] of messagesOf(apart, rounds)) session.deliver(new Messages(messages))
  }
}

/** Usually no session is set apart, and then the check for each session is skipped, because this loop must be fast. */
function deliver(batch: Messages, sessions: FanOutAudience['sessions'], apart: ReadonlySet<HubSession>): void {
  if (apart.size === 0) for (const session of sessions) session.deliver(batch)
  else for (const session of sessions) if (!apart.has(session)) session.deliver(batch)
}

/** Messages that arrive during a delivery wait for the next round. */
function takePending(audience: FanOutAudience): FanOutAudience {
  const { sessions, pending } = audience
  audience.pending = []
  return { sessions, pending }
}

const none: ReadonlySet<HubSession> = new Set()

function sessionsApart(rounds: readonly FanOutAudience[]): ReadonlySet<HubSession> {
  const excepted = exceptedSessions(rounds)
  if (rounds.length === 1) return excepted
  const apart = new Set(excepted)
  const seen = new Set<HubSession>()
  for (const { sessions } of rounds) {
    for (const session of sessions) {
      if (seen.has(session)) apart.add(session)
      else seen.add(session)
    }
  }
  return apart
}

function exceptedSessions(rounds: readonly FanOutAudience[]): ReadonlySet<HubSession> {
  const ids = new Set<string>()
  for (const { pending } of rounds) for (const { except } of pending) if (except !== '') ids.add(except)
  if (ids.size === 0) return none
  return new Set(rounds.flatMap(({ sessions }) => [...sessions].filter(({ id }) => ids.has(id))))
}

function messagesOf(apart: ReadonlySet<HubSession>, rounds: readonly FanOutAudience[]): Map<HubSession, Message[]> {
  const messages = new Map<HubSession, Message[]>()
  if (apart.size === 0) return messages
  for (const { sessions, pending } of rounds) {
    for (const session of inBoth(apart, sessions)) {
      const heard = pending.filter(({ except }) => except !== session.id)
      if (heard.length > 0) messages.set(session, [...(messages.get(session) ?? []), ...heard])
    }
  }
  for (const each of messages.values()) each.sort((a, b) => a.order - b.order)
  return messages
}

function inBoth(some: ReadonlySet<HubSession>, others: ReadonlySet<HubSession>): HubSession[] {
  const [fewer, more] = some.size < others.size ? [some, others] : [others, some]
  return [...fewer].filter((session) => more.has(session))
}

/** A message of a channel, until the end of its tick. */
export class Message {
  readonly order: number
  readonly text: string
  /** Id of the session that does not get it, or ''. */
  readonly except: string
  #bytes: Uint8Array | undefined

  constructor(order: number, text: string, except: string) {
    this.order = order
    this.text = text
    this.except = except
  }

  encoded(encode: (text: string) => Uint8Array): Uint8Array {
    return (this.#bytes ??= encode(this.text))
  }
}

/** Messages in the order in which they were published, encoded once for all who get them. */
class Messages implements Batch {
  readonly #messages: readonly Message[]
  #bytes: Uint8Array | undefined

  constructor(messages: readonly Message[]) {
    this.#messages = messages
  }

  encoded(encode: (text: string) => Uint8Array): Uint8Array {
    return (this.#bytes ??= this.#join(encode))
  }

  #join(encode: (text: string) => Uint8Array): Uint8Array {
    const [first, ...more] = this.#messages
    if (first && more.length === 0) return first.encoded(encode)
    return Buffer.concat(this.#messages.map((message) => message.encoded(encode)))
  }
}
