import type { Relay, Signal } from '@carillon/contract/session-messages'
import type { Session } from '@carillon/hub'
import type { MediaOrder } from '../archives/media/media-orders.ts'

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
