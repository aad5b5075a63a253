import {
  type Logger,
  type Push,
  type Pusher,
  type PusherStore,
  recipientId,
  type Sender,
  type Span,
  type Tracer,
} from '@carillon/contract'
import type { ClaimedPush, ClaimedWithPusher, AttemptResult, SuppressionRepository } from '@carillon/store'
import type { Leases } from '../claim/leases.ts'
import { parseData } from '../data.ts'
import type { Deadline } from './deadline.ts'
import { findSuppressed } from './suppressed.ts'

/** A message on its way to a sender: a push's row, or a recipient of a broadcast's page. */
export interface Attempt {
  /** The push's id, as the sender sees it. */
  id: string
  app: number
  name: string
  raw: string
  pusher: Pusher
  attempt: number
  failures: number
  /** Names the push in every line. */
  log: Logger
  /** Of this try, until its outcome is recorded. */
  span: Span
}

interface AttemptDeps {
  sender: { name: string }
  rules: { log: Logger; tracer: Tracer }
}

/** An attempt with its log and its span, which continues the trace of what accepted it. */
export function beginAttempt(
  { sender: { name: sender }, rules: { log, tracer } }: AttemptDeps,
  content: Omit<Attempt, 'log' | 'span'>,
  traceparent: string | null,
): Attempt {
  const { id: push, app, attempt } = content
  const attributes = {
    'carillon.app': app,
    'carillon.sender': sender,
    'carillon.push': push,
    'carillon.attempt': attempt,
  }
  return {
    ...content,
    log: new PushLog(log, { push, app, sender, attempt }),
    span: tracer.begin({ name: `deliver ${sender}`, kind: 'consumer', parent: traceparent, attributes }),
  }
}

/** Ends its span. */
export function endAttempt({ span }: Attempt, outcome: string): void {
  span.set({ 'carillon.outcome': outcome })
  span.end(outcome === 'failed' || outcome === 'dead' ? 'failed' : undefined)
}

/** A push that came out of a broadcast keeps the id that its first try had there. */
export function pushIdOf({ id, broadcastId, pusher }: ClaimedPush): string {
  return broadcastId === null ? id : recipientId(broadcastId, pusher)
}

type PrepareDeps = Parameters<typeof beginAttempt>[0] & { leases: Leases }

/** The attempt to send, or why it is not sent. */
export function prepareAttempt(
  deps: PrepareDeps,
  push: ClaimedPush,
  { pushers, suppressed }: Lookup,
): Attempt | AttemptResult {
  const pusher = pushers.get(`${push.app} ${push.pusher}`)
  if (push.expired) return { is: 'dead', reason: 'its ttl was over' }
  if (!pusher) return { is: 'dead', reason: 'the pusher was removed' }
  if (!push.force && !pusher.senders.includes(push.sender))
    return { is: 'dead', reason: 'the pusher no longer has this sender' }
  if (push.cancelled || !deps.leases.isSafe(push.id)) return { is: 'returned' }
  const known = suppressed.get(push.id)
  if (known) return known
  const { app, name, attempt, failures, data: raw, traceparent } = push
  return beginAttempt(deps, { id: pushIdOf(push), app, name, attempt, failures, raw, pusher }, traceparent)
}

/** What was read, in bulk, about the pushers of pushes. */
export interface Lookup {
  /** By app and id. */
  pushers: Map<string, Pusher>
  /** By the push's id. */
  suppressed: Map<string, AttemptResult>
}

interface KnownDeps {
  sender: Sender
  pushers: PusherStore
  suppressions: SuppressionRepository
}

/** A push that was claimed, with its pusher where both live in one database. */
export type Claimed = ClaimedPush | ClaimedWithPusher

/** Whom pushes go to, and which of them are not to be sent. Rejects while a store is away. */
export async function lookUp(deps: KnownDeps, claimed: Claimed[]): Promise<Lookup> {
  const pushers = await findPushers(deps.pushers, claimed)
  return { pushers, suppressed: await suppressedAmong(deps, claimed, pushers) }
}

async function suppressedAmong(
  { sender, suppressions }: KnownDeps,
  claimed: ClaimedPush[],
  pushers: Map<string, Pusher>,
): Promise<Lookup['suppressed']> {
  const asked = claimed.flatMap(({ id, app, pusher: of, data: raw }) => {
    const pusher = pushers.get(`${app} ${of}`)
    return pusher ? [{ id, app, pusher, raw }] : []
  })
  const results = await findSuppressed(sender, suppressions, asked)
  return new Map(results.flatMap((result, index) => (result ? [[asked[index]!.id, result]] : [])))
}

async function findPushers(store: PusherStore, pushes: Claimed[]): Promise<Map<string, Pusher>> {
  const found = new Map<string, Pusher>()
  const add = (app: number, pusher: Pusher) => found.set(`${app} ${pusher.id}`, pusher)
  const elsewhere = pushes.filter((push) => !('recipient' in push))
  for (const push of pushes) if ('recipient' in push && push.recipient) add(push.app, push.recipient)
  for (const [app, group] of Map.groupBy(elsewhere, (push) => push.app)) {
    const pushers = await store.getMany(app, [...new Set(group.map(({ pusher }) => pusher))])
    for (const pusher of pushers) add(app, pusher)
  }
  return found
}

/** The logger that a sender gets with a push: each of its lines says which push it is about. */
class PushLog implements Logger {
  readonly #log: Logger
  readonly #about: object

  constructor(log: Logger, about: object) {
    this.#log = log
    this.#about = about
  }

  debug(fields: object, message?: string): void {
    this.#log.debug({ ...fields, ...this.#about }, message)
  }

  info(fields: object, message?: string): void {
    this.#log.info({ ...fields, ...this.#about }, message)
  }

  warn(fields: object, message?: string): void {
    this.#log.warn({ ...fields, ...this.#about }, message)
  }

  error(fields: object, message?: string): void {
    this.#log.error({ ...fields, ...this.#about }, message)
  }
}

/** What a push keeps of its own, for what comes to be when it is read. */
const KEPT = Symbol('kept')

interface Lazy {
  raw: string
  [KEPT]: { deadline: Deadline; parsed?: { data: unknown } }
}

const data: TypedPropertyDescriptor<unknown> & ThisType<Lazy> = {
  enumerable: true,
  get() {
    return (this[KEPT].parsed ??= { data: parseData(this.raw) }).data
  },
}

const signal: TypedPropertyDescriptor<AbortSignal> & ThisType<Lazy> = {
  enumerable: true,
  get() {
    return this[KEPT].deadline.signal
  },
}

/**
 * Parsing costs more than most sends, and so does a signal: they come to be when they are read. A sender that copies a
 * push with `{ ...push }` has them too. Written as getters of an object literal they would be functions of each push.
 */
export function toPush({ id, app, name, raw, pusher, attempt, log }: Attempt, deadline: Deadline): Push {
  const push = { id, app, name, raw, pusher, attempt, log, [KEPT]: { deadline } }
  Object.defineProperty(push, 'data', data)
  return Object.defineProperty(push, 'signal', signal) as typeof push & Push
}
