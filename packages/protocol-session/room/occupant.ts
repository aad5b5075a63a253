import type { Session } from '@carillon/hub'
import type { Order } from './order.ts'

/** A connection in a session, in the process that holds it. */
export interface Occupant extends Session {
  /** @returns false when it cannot, such as for a stream that it does not publish */
  obey(order: Order): Promise<boolean>
}
