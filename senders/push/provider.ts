import type { Address, Push } from '@carillon/contract'
import type { CallResult } from '@carillon/to-addresses'
import type { PushMessage } from './compose.ts'

/** A push service: FCM, APNs, or the services behind Web Push. */
export interface PushProvider {
  /**
   * Makes one call, or two where the service asks for it at once. It answers within 25 s, so that the attempt can end
   * before the sender's timeout.
   */
  deliver(address: Address, message: PushMessage, push: Pick<Push, 'progress'>): Promise<CallResult>
  close?(): Promise<void>
}
