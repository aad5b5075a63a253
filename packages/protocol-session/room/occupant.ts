import type { Session } from '@carillon/hub'
import type { MediaOrder } from '../archives/media/media-orders.ts'
import type { Signal } from './room.ts'

/** What two clients say to each other to begin a call; what stands in `sdp` and `candidate` is theirs. */
export type Relay =
  | { type: 'offer' | 'answer'; streamId: string; sdp: string }
  | { type: 'candidate'; streamId: string; candidate: Record<string, unknown> }
  | { type: 'subscribe' | 'unsubscribe'; streamId: string }

/** What is asked of one connection, wherever it is. */
export type Order =
  | { type: 'signal'; from: string | null; signal: Signal }
  | { type: 'relay'; from: string; relay: Relay }
  | { type: 'disconnect' }
  | { type: 'unpublish'; streamId: string }
  | { type: 'mute'; streamId: string }
  | { type: 'layout'; streamId: string; layoutClassList: string[] }
  | MediaOrder

/** A connection in a session, in the process that holds it. */
export interface Occupant extends Session {
  /** @returns false when it cannot, such as for a stream that it does not publish */
  obey(order: Order): Promise<boolean>
}
