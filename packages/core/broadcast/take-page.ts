import { errorCode, type Logger, type Pusher, type PusherStore, type Sender } from '@carillon/contract'
import type { BroadcastHead, BroadcastRepository, TakenPage } from '@carillon/store'
import type { Leases } from '../deliver/leases.ts'
import type { Slots } from '../deliver/slots.ts'
import { PAGES_IN_FLIGHT } from '../wake.ts'

/** Recipients of one page: small enough to be sent well within a lease; of a sender with batches, one batch. */
const PAGE_SIZE = 500

export interface PageParts {
  sender: Sender
  pushers: PusherStore
  broadcasts: BroadcastRepository
  slots: Slots
  /** Of pages. */
  leases: Leases
  leaseSeconds: number
  rules: { log: Logger }
}

export interface OpenPage {
  broadcast: BroadcastHead
  page: TakenPage
  /** Ids of those that have no outcome yet. */
  recipients: string[]
  /** Who they are, where the page was just read, and when that began, by `performance.now()`. */
  read?: { pushers: readonly Pusher[]; at: number }
}

/** A page that another worker left, or the next one. Null when there is none to take, or enough are in flight. */
export async function takePage(parts: PageParts, id: string): Promise<OpenPage | null> {
  const { broadcasts, leases, leaseSeconds } = parts
  for (;;) {
    const takenAt = performance.now()
    const broadcast = await broadcasts.running(id)
    if (!broadcast || broadcast.inFlight >= PAGES_IN_FLIGHT) return null
    const left = broadcast.isLeft ? await broadcasts.reclaimPage(id, leaseSeconds) : null
    if (!left && broadcast.exhausted) return null
    const open = left ? await reopen(parts, broadcast, left) : await openNext(parts, broadcast)
    if (!open) continue // another worker opened that page first
    leases.hold(open.page, takenAt)
    return open
  }
}

async function reopen({ broadcasts }: PageParts, broadcast: BroadcastHead, page: TakenPage): Promise<OpenPage> {
  return { broadcast, page, recipients: await broadcasts.openRecipients(broadcast.id, page.pushers) }
}

async function openNext(parts: PageParts, broadcast: BroadcastHead): Promise<OpenPage | null> {
  const { app, sender, tag, cursor } = broadcast
  const limit = parts.sender.sendBatch ? parts.slots.perSlot : PAGE_SIZE
  const at = performance.now()
  const { pushers, next } = await parts.pushers.page(app, { sender, tag, cursor, limit })
  const page = await parts.broadcasts.openPage(
    broadcast.id,
    { cursor, next, pushers: pushers.map(({ id }) => id) },
    { leaseSeconds: parts.leaseSeconds, most: PAGES_IN_FLIGHT },
  )
  // The last page makes the total exact
  if (page && cursor === null && next !== null) await countRecipients(parts, broadcast)
  return page && { broadcast, page, recipients: page.pushers, read: { pushers, at } }
}

/** By the one who opened the first page. Without a total the broadcast goes on all the same. */
async function countRecipients(parts: PageParts, { id, app, sender, tag }: BroadcastHead): Promise<void> {
  try {
    const total = await parts.pushers.count?.(app, { sender, tag })
    if (total) await parts.broadcasts.setTotal(id, total)
  } catch (error) {
    const fields = { broadcast: id, error: errorCode(error) }
    parts.rules.log.warn(fields, 'the recipients of a broadcast could not be counted')
  }
}
