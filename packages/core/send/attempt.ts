import {
  type Address,
  type AppDirectory,
  errorCode,
  type Logger,
  type Push,
  type PushLinks,
  type Pusher,
  type PusherStore,
  recipientId,
  type Sender,
  type Span,
  type Tracer,
} from '@carillon/contract'
import {
  type AddressRepository,
  type AttemptResult,
  type ClaimedPush,
  type PreferenceRepository,
  readProgress,
  type StoredProgress,
  type SuppressionRepository,
} from '@carillon/store'
import type { Place } from '../claim/concurrency.ts'
import type { Leases } from '../claim/leases.ts'
import { parseData } from '../data.ts'
import { someIds } from '../notifier.ts'
import { findAddresses } from './addresses.ts'
import type { Deadline } from './deadline.ts'
import type { PushContent } from './read-data.ts'
import type { LinksOf } from './links.ts'
import { type MessageCategory, readCategories } from './preferences.ts'
import { findDeferred } from './quiet-hours.ts'
import { findSuppressed } from './suppressed.ts'

/** One attempt to send a message to a pusher, from its claim until its outcome is recorded. */
export interface Attempt {
  /** The push's id, as the sender sees it. */
  id: string
  /** Id of the row that is leased for it: the push's own, or the page's of a broadcast. */
  row: string
  app: number
  name: string
  raw: string
  /** Null: the pusher was removed. */
  pusher: Pusher | null
  /** Counts the attempts of the push, from 1. */
  attempt: number
  /** Attempts of the push that failed before. */
  failures: number
  /** Of the kinds to which the sender sends. */
  addresses: readonly Address[]
  category: MessageCategory | undefined
  /** What the attempts before handed on. */
  progress: StoredProgress
  /** The outcome of an attempt that must not be sent. */
  refusal: AttemptResult | undefined
  /** Adds the push to each line. */
  log: Logger
  span: Span
  links: PushLinks | undefined
  /** What it occupies; absent: it was not started. */
  place?: Place
}

interface AttemptDeps {
  sender: Pick<Sender, 'name' | 'sendsTo'>
  /** Absent: pushes have no links. */
  links?: LinksOf | undefined
  log: Logger
  tracer: Tracer
}

/** Begins the span of an attempt, which continues the trace of what accepted the push. */
export function beginAttempt(
  deps: AttemptDeps,
  content: Omit<Attempt, 'log' | 'span' | 'links' | 'place'>,
  traceparent: string | null,
): Attempt {
  const {
    sender: { name: sender },
    log,
    tracer,
  } = deps
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
    links: deps.links?.(content, deps.sender),
    span: tracer.begin({ name: `deliver ${sender}`, kind: 'consumer', parent: traceparent, attributes }),
  }
}

/** Ends the span of an attempt, and frees what it occupies. */
export function endAttempt({ span, place }: Attempt, outcome: string): void {
  span.set({ 'carillon.outcome': outcome })
  span.end(outcome === 'failed' || outcome === 'dead' ? 'failed' : undefined)
  place?.[Symbol.dispose]()
}

/** Seconds between attempts while the pushers cannot be read. */
const UNREADABLE_PAUSE_S = 5

export interface AttemptsDeps extends AttemptDeps {
  sender: Sender
  pushers: PusherStore
  /** For the quiet hours of apps. */
  apps: Pick<AppDirectory, 'byId'>
  preferences: Pick<PreferenceRepository, 'decide'>
  suppressions: SuppressionRepository
  addresses: AddressRepository
  /** The leases of pushes. */
  leases: Leases
}

/** Begins an attempt for each push that was claimed, after reading the pushers, their preferences and their addresses in bulk. */
export async function beginAttempts(deps: AttemptsDeps, claimed: ClaimedPush[]): Promise<Attempt[]> {
  try {
    const pushers = await findPushers(deps.pushers, claimed)
    const addressed = claimed.map(({ app, data }, index) => ({ app, raw: data, pusher: pushers[index] }))
    const categories = await readCategories(deps.preferences, claimed)
    const suppressed = await findSuppressed(deps.sender, deps.suppressions, addressed)
    const addresses = await findAddresses(deps.sender, deps.addresses, addressed)
    const deferred = await findDeferred(
      deps,
      claimed.map((push, index) => {
        const urgent = push.urgent || categories[index]!.category?.required === true
        return { id: pushIdOf(push), app: push.app, pusher: pushers[index], urgent }
      }),
    )
    return claimed.map((push, index) => {
      const pusher = pushers[index]
      const { category, refusal: unwanted } = categories[index]!
      const own = refusalOf(push, pusher, deps.leases)
      const refusal = own ?? unwanted ?? suppressed[index] ?? deferred[index]
      return attemptOf(deps, push, { pusher, category, refusal, addresses: addresses[index]! })
    })
  } catch (error) {
    const ids = claimed.map(pushIdOf)
    deps.log.warn({ error: errorCode(error), ...someIds(ids) }, 'pushers could not be read; their pushes wait')
    const refusal = { is: 'later', delay: UNREADABLE_PAUSE_S, reason: 'the pushers could not be read' } as const
    return claimed.map((push) =>
      attemptOf(deps, push, { pusher: undefined, category: undefined, refusal, addresses: [] }),
    )
  }
}

function attemptOf(
  deps: AttemptDeps,
  push: ClaimedPush,
  { pusher, ...read }: Pick<Attempt, 'category' | 'refusal' | 'addresses'> & { pusher: Pusher | undefined },
): Attempt {
  const { id: row, app, name, attempt, failures, data: raw, traceparent } = push
  const progress = readProgress(push.progress)
  const refusal = read.refusal && endingWith(read.refusal, progress)
  const content = { id: pushIdOf(push), row, app, name, raw, pusher: pusher ?? null, attempt, failures, progress }
  return beginAttempt(deps, { ...content, ...read, refusal }, traceparent)
}

/** Attempts before may have sent enough. */
function endingWith(refusal: AttemptResult, { ifLast }: StoredProgress): AttemptResult {
  if (refusal.is === 'dead') return ifLast ?? refusal
  return refusal.is === 'skipped' && ifLast?.is === 'sent' ? ifLast : refusal
}

/** A push that came out of a broadcast keeps the id that its first attempt had there. */
function pushIdOf({ id, broadcastId, pusher }: ClaimedPush): string {
  return broadcastId === null ? id : recipientId(broadcastId, pusher)
}

function refusalOf(push: ClaimedPush, pusher: Pusher | undefined, leases: Leases): AttemptResult | undefined {
  if (push.expired) return { is: 'dead', reason: 'its ttl has expired' }
  if (!pusher) return { is: 'dead', reason: 'the pusher was removed' }
  if (!push.force && !pusher.senders.includes(push.sender))
    return { is: 'dead', reason: 'the pusher no longer has this sender' }
  if (push.cancelled || !leases.isSafe(push.id)) return { is: 'returned' }
  return undefined
}

/** The pushers of pushes, index-aligned; of those that were read with the claim, as they were then. */
async function findPushers(store: PusherStore, claimed: ClaimedPush[]): Promise<(Pusher | undefined)[]> {
  const found = new Map<string, Pusher>()
  const unread = claimed.filter(({ recipient }) => recipient === undefined)
  for (const [app, group] of Map.groupBy(unread, (push) => push.app)) {
    const pushers = await store.getMany(app, [...new Set(group.map(({ pusher }) => pusher))])
    for (const pusher of pushers) found.set(`${app} ${pusher.id}`, pusher)
  }
  return claimed.map(({ app, pusher, recipient }) =>
    recipient === undefined ? found.get(`${app} ${pusher}`) : (recipient ?? undefined),
  )
}

/** What the getters of a push keep between two reads. */
const KEPT = Symbol('kept')

interface LazyPush {
  raw: string
  [KEPT]: { deadline: Deadline; read: { data: unknown } | undefined }
}

/**
 * The push of an attempt, as its sender sees it. Its `signal` is made when it is first read, and its `data` parsed unless a
 * schema has returned it, because either costs more than most sends. A copy such as `{ ...push }` has both. One pair of
 * getters serves all pushes: getters of an object literal would be two functions more for each push.
 * @param read what was read by the sender's schema
 */
export function toPush(
  { id, app, name, raw, pusher, category, links, attempt, addresses, progress, log }: Attempt,
  deadline: Deadline,
  read?: PushContent,
): Push {
  const push = {
    id,
    app,
    name,
    raw: read?.stored?.raw ?? raw,
    pusher: pusher!, // removed: is not sent
    category: category?.name,
    links,
    attempt,
    addresses,
    progress: progress.value === undefined ? undefined : (JSON.parse(progress.value) as unknown),
    log,
    [KEPT]: { deadline, read },
  }
  if (read?.stored) Object.assign(push, { template: read.stored.template })
  Object.defineProperty(push, 'data', data)
  return Object.defineProperty(push, 'signal', signal) as typeof push & Push
}

const data: TypedPropertyDescriptor<unknown> & ThisType<LazyPush> = {
  enumerable: true,
  get() {
    return (this[KEPT].read ??= { data: parseData(this.raw) }).data
  },
}

const signal: TypedPropertyDescriptor<AbortSignal> & ThisType<LazyPush> = {
  enumerable: true,
  get() {
    return this[KEPT].deadline.signal
  },
}

/** The logger that a sender gets with a push: it adds to each line which push it is about. */
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
