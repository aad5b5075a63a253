import { isPublic, kindOf, type PassingEvent } from '@carillon/protocol-channels'
import { masked } from './view/masked.ts'

/** Which events a page lists. */
export interface EventFilter {
  /** What the channel's name begins with. */
  channel?: string | undefined
  /** The event's name. */
  event?: string | undefined
}

/** An event as a page lists it. */
export interface ListedEvent {
  /** Unix seconds, with milliseconds as decimals. */
  time: number
  channel: string
  event: string
  /** At most 1 KB. */
  data: string
  /** The data only says what the true data are made of. */
  isHidden: boolean
}

export interface Drained {
  /** In the order in which they passed. */
  events: ListedEvent[]
  /** How many passed after them. */
  dropped: number
}

/** Events that wait between two batches. With four batches a second, a page lists 200 events a second. */
const MOST_WAITING = 50
/** Bytes of data that a page shows. */
const LONGEST_DATA = 1024

/** Keeps the events for one page until they are sent. What it has no room for is only counted, however slow the browser. */
export class EventBuffer {
  readonly #filter: EventFilter
  readonly #showsData: boolean
  #events: ListedEvent[] = []
  #dropped = 0

  /** @param showsData whether data are shown that not everybody may read */
  constructor(filter: EventFilter, showsData: boolean) {
    this.#filter = filter
    this.#showsData = showsData
  }

  take(passing: PassingEvent): void {
    const { channel = '', event } = this.#filter
    if (!passing.channel.startsWith(channel)) return
    if (event !== undefined && passing.event !== event) return
    if (this.#events.length < MOST_WAITING) this.#events.push(listed(passing, this.#showsData))
    else this.#dropped++
  }

  /** Takes out what waits; undefined if nothing has passed. */
  drain(): Drained | undefined {
    if (this.#events.length === 0) return undefined
    const drained = { events: this.#events, dropped: this.#dropped }
    this.#events = []
    this.#dropped = 0
    return drained
  }
}

function listed({ channel, event, data }: PassingEvent, showsData: boolean): ListedEvent {
  const isHidden = kindOf(channel).isEncrypted || !(showsData || isPublic(channel))
  return { time: Date.now() / 1000, channel, event, data: shortened(isHidden ? maskedLine(data) : data), isHidden }
}

function maskedLine(data: string): string {
  return masked(data).replaceAll(/\s+/g, ' ')
}

function shortened(data: string): string {
  if (Buffer.byteLength(data) <= LONGEST_DATA) return data
  const start = Buffer.from(data.slice(0, LONGEST_DATA)).subarray(0, LONGEST_DATA)
  return `${new TextDecoder().decode(start, { stream: true })}…` // without half of a character
}
