import type { TakenWithPusher } from '@carillon/store'

/** What a worker does for one sender. */
export interface Hand {
  /** The worker's id. */
  worker: string
  sender: string
}

/** On which workers say whether they are free. */
export const FREE_TOPIC = 'free'

/** What a worker says of itself, for one sender. */
export interface Word extends Hand {
  /** Pushes that it can begin to send at once; 0: it has others to send. */
  room: number
}

/** The topic on which a worker listens for the parcels of a sender. */
export function inboxOf({ worker, sender }: Hand): string {
  return `hand:${worker}:${sender}`
}

/** How often a worker that is free says so, and for how long it is believed, in ms. */
export const SAID_EVERY_MS = 1000
export const BELIEVED_MS = 2500

/** Pushes that were taken for a worker as they were accepted: it sends them at once. */
export interface Parcel {
  /** When it left, in unix ms. */
  at: number
  /** How long its pushes were held by then, in ms. */
  age: number
  pushes: TakenWithPusher[]
}
