import {
  type Address,
  type AppDirectory,
  errorCode,
  type Logger,
  type Pusher,
  type PusherStore,
  recipientId,
  type Sender,
} from '@carillon/contract'
import type {
  AddressRepository,
  BroadcastHead,
  BroadcastRepository,
  ClaimedPage,
  AttemptResult,
  PreferenceRepository,
  SuppressionRepository,
} from '@carillon/store'
import type { Concurrency } from '../claim/concurrency.ts'
import type { Leases } from '../claim/leases.ts'
import { PAGES_IN_FLIGHT } from '../notifier.ts'
import { findAddresses } from '../send/addresses.ts'
import { type MessageCategory, readCategories } from '../send/preferences.ts'
import { findDeferred } from '../send/quiet-hours.ts'
import { findSuppressed } from '../send/suppressed.ts'

/** Recipients of one page: small enough to be sent well within a lease; of a sender with batches, one batch. */
const PAGE_SIZE = 500

export interface PageDeps {
  sender: Sender
  pushers: PusherStore
  broadcasts: BroadcastRepository
  concurrency: Concurrency
  /** The leases of pages. */
  leases: Leases
  leaseSeconds: number
  log: Logger
}

export interface OpenPage {
  broadcast: BroadcastHead
  page: ClaimedPage
  /** Ids of the recipients that have no outcome yet. */
  recipients: string[]
  /** The recipients, if the page was just read, and when that began, by `performance.now()`. */
  read?: { pushers: readonly Pusher[]; at: number }
}

/** Claims an orphaned page, or the next one. Null when there is none, or enough are in flight. */
export async function claimPage(deps: PageDeps, id: string): Promise<OpenPage | null> {
  const { broadcasts, leases, leaseSeconds } = deps
  for (;;) {
    const claimedAt = performance.now()
    const broadcast = await broadcasts.running(id)
    if (!broadcast || broadcast.inFlight >= PAGES_IN_FLIGHT) return null
    const orphaned = broadcast.isOrphaned ? await broadcasts.reclaimPage(id, leaseSeconds) : null
    if (!orphaned && broadcast.exhausted) return null
    const open = orphaned ? await reopen(deps, broadcast, orphaned) : await openNext(deps, broadcast)
    if (!open) continue // another worker opened that page first
    leases.hold(open.page, claimedAt)
    return open
  }
}

async function reopen({ broadcasts }: PageDeps, broadcast: BroadcastHead, page: ClaimedPage): Promise<OpenPage> {
  return { broadcast, page, recipients: await broadcasts.openRecipients(broadcast.id, page.pushers) }
}

async function openNext(deps: PageDeps, broadcast: BroadcastHead): Promise<OpenPage | null> {
  const { app, sender, tag, cursor } = broadcast
  const limit = deps.sender.sendBatch ? deps.concurrency.perCall : PAGE_SIZE
  const at = performance.now()
  const { pushers, next } = await deps.pushers.page(app, { sender, tag, cursor, limit })
  const page = await deps.broadcasts.openPage(
    broadcast.id,
    { cursor, next, pushers: pushers.map(({ id }) => id) },
    { leaseSeconds: deps.leaseSeconds, most: PAGES_IN_FLIGHT },
  )
  // The last page makes the total exact
  if (page && cursor === null && next !== null) await countRecipients(deps, broadcast)
  return page && { broadcast, page, recipients: page.pushers, read: { pushers, at } }
}

/** Called by the worker that opened the first page. A broadcast also continues without a total. */
async function countRecipients(deps: PageDeps, { id, app, sender, tag }: BroadcastHead): Promise<void> {
  try {
    const total = await deps.pushers.count?.(app, { sender, tag })
    if (total) await deps.broadcasts.setTotal(id, total)
  } catch (error) {
    const fields = { broadcast: id, error: errorCode(error) }
    deps.log.warn(fields, 'the recipients of a broadcast could not be counted')
  }
}

/** A recipient of a page, and the outcome of one that must not be sent to. */
export interface PageRecipient {
  pusher: Pusher
  addresses: readonly Address[]
  category: MessageCategory | undefined
  refusal: AttemptResult | undefined
}

interface ReaderDeps {
  sender: Sender
  pushers: PusherStore
  apps: Pick<AppDirectory, 'byId'>
  preferences: Pick<PreferenceRepository, 'decide'>
  suppressions: SuppressionRepository
  addresses: AddressRepository
  log: Logger
}

/** Milliseconds after which a pusher that left is sent nothing. Reading each recipient separately would halve the speed. */
const FRESH_MS = 1000

/** Reads the recipients of a page. A page may wait for its permits for minutes, and is read again meanwhile. */
export class RecipientReader {
  readonly #deps: ReaderDeps
  readonly #broadcast: BroadcastHead
  #known = new Map<string, PageRecipient>()
  #readAt = -Infinity
  /** What was read to open the page. */
  readonly #page: OpenPage['read']

  constructor(deps: ReaderDeps, { broadcast, read }: Pick<OpenPage, 'broadcast' | 'read'>) {
    this.#deps = deps
    this.#broadcast = broadcast
    this.#page = read
  }

  /**
   * Reads the first `count` of the recipients that are still to be sent to, without those who left.
   * @returns null when they cannot be read now
   */
  async first(count: number, rest: readonly string[]): Promise<PageRecipient[] | null> {
    try {
      if (!isFresh(this.#readAt)) await this.#read(rest)
    } catch (error) {
      const fields = { broadcast: this.#broadcast.id, error: errorCode(error) }
      this.#deps.log.warn(fields, 'the recipients of a broadcast could not be read; they wait')
      return null
    }
    return rest.slice(0, count).flatMap((id) => this.#known.get(id) ?? [])
  }

  async #read(ids: readonly string[]): Promise<void> {
    const { sender, preferences, suppressions, addresses } = this.#deps
    const { id: broadcast, app, data: raw, category, urgent } = this.#broadcast
    const { pushers: all, at } = await this.#pushers(ids)
    const pushers = all.filter(({ senders }) => senders.includes(sender.name))
    const many = pushers.map((pusher) => ({ app, pusher, raw }))
    const messages = pushers.map(({ id }) => ({ app, pusher: id, sender: sender.name, category }))
    const categories = await readCategories(preferences, messages)
    const suppressed = await findSuppressed(sender, suppressions, many)
    const found = await findAddresses(sender, addresses, many)
    const deferred = await findDeferred(
      this.#deps,
      pushers.map((pusher, index) => {
        const isRequired = categories[index]!.category?.required === true
        return { id: recipientId(broadcast, pusher.id), app, pusher, urgent: urgent || isRequired }
      }),
    )
    const recipientAt = (index: number) => ({
      category: categories[index]!.category,
      refusal: categories[index]!.refusal ?? suppressed[index] ?? deferred[index],
      addresses: found[index]!,
    })
    this.#known = new Map(pushers.map((pusher, index) => [pusher.id, { pusher, ...recipientAt(index) }]))
    this.#readAt = at
  }

  async #pushers(ids: readonly string[]): Promise<{ pushers: readonly Pusher[]; at: number }> {
    if (this.#page && isFresh(this.#page.at)) return this.#page
    const at = performance.now()
    return { pushers: await this.#deps.pushers.getMany(this.#broadcast.app, [...ids]), at }
  }
}

function isFresh(readAt: number): boolean {
  return performance.now() - readAt < FRESH_MS
}
