import { errorCode, type Logger, type Pusher, type PusherStore, type Sender } from '@carillon/contract'
import type { BroadcastHead, PushResult, SuppressionRepository } from '@carillon/store'
import { findSuppressed } from '../deliver/suppressed.ts'
import type { OpenPage } from './take-page.ts'

/** Some recipients of a page; those who left are in neither. */
export interface Recipients {
  sendable: Pusher[]
  /** Of a suppressed address. */
  refused: { pusher: Pusher; refusal: PushResult }[]
}

interface ReaderParts {
  sender: Sender
  pushers: PusherStore
  suppressions: SuppressionRepository
  rules: { log: Logger }
}

interface Known {
  pusher: Pusher
  refusal: PushResult | undefined
}

/** Milliseconds: whoever left this long ago is not rung any more. To ask for each recipient would halve the speed. */
const FRESH_MS = 1000

/** What is known of a page's recipients; a page may wait for its turns for minutes, and is read again meanwhile. */
export class RecipientReader {
  readonly #parts: ReaderParts
  readonly #broadcast: BroadcastHead
  #known = new Map<string, Known>()
  #readAt = -Infinity
  /** Whom the page's reader saw. */
  readonly #page: OpenPage['read']

  constructor(parts: ReaderParts, { broadcast, read }: Pick<OpenPage, 'broadcast' | 'read'>) {
    this.#parts = parts
    this.#broadcast = broadcast
    this.#page = read
  }

  /** @returns the first of those who are left to ring; null when they cannot be read now */
  async first(count: number, rest: readonly string[]): Promise<Recipients | null> {
    try {
      if (!isFresh(this.#readAt)) await this.#read(rest)
    } catch (error) {
      const fields = { broadcast: this.#broadcast.id, error: errorCode(error) }
      this.#parts.rules.log.warn(fields, 'the recipients of a broadcast could not be read; they wait')
      return null
    }
    return sorted(rest.slice(0, count).flatMap((id) => this.#known.get(id) ?? []))
  }

  async #read(ids: readonly string[]): Promise<void> {
    const { sender, suppressions } = this.#parts
    const { app, data: raw } = this.#broadcast
    const { pushers: all, at } = await this.#pushers(ids)
    const pushers = all.filter(({ senders }) => senders.includes(sender.name))
    const many = pushers.map((pusher) => ({ app, pusher, raw }))
    const refusals = await findSuppressed(sender, suppressions, many)
    this.#known = new Map(pushers.map((pusher, index) => [pusher.id, { pusher, refusal: refusals[index] }]))
    this.#readAt = at
  }

  async #pushers(ids: readonly string[]): Promise<{ pushers: readonly Pusher[]; at: number }> {
    if (this.#page && isFresh(this.#page.at)) return this.#page
    const at = performance.now()
    return { pushers: await this.#parts.pushers.getMany(this.#broadcast.app, [...ids]), at }
  }
}

function isFresh(readAt: number): boolean {
  return performance.now() - readAt < FRESH_MS
}

function sorted(known: readonly Known[]): Recipients {
  return {
    sendable: known.flatMap(({ pusher, refusal }) => (refusal ? [] : [pusher])),
    refused: known.flatMap(({ pusher, refusal }) => (refusal ? [{ pusher, refusal }] : [])),
  }
}
