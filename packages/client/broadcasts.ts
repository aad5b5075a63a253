import type { BroadcastRecipient, BroadcastStatus, RecipientQuery } from '@carillon/contract'
import { nullIf } from './errors.ts'
import { type ApiCall, path } from './request.ts'

export interface BroadcastCalls {
  /** How far it is; of several with that name the last, and null when there never was one. */
  getBroadcast(name: string): Promise<BroadcastStatus | null>
  /** Up to 20, newest first; `after` is the id of the last one seen. */
  getBroadcasts(options?: { after?: string }): Promise<BroadcastStatus[]>
  /** Its recipients, in the order of their ids. @throws ApiError `broadcast_not_found`. */
  getRecipients(name: string, query?: RecipientQuery): Promise<BroadcastRecipient[]>
  /** Until `resumeBroadcast`; its state is `pausing` while workers send what they had begun. */
  pauseBroadcast(name: string): Promise<void>
  resumeBroadcast(name: string): Promise<void>
  /** For good, also half-way. To cancel it again changes nothing. */
  cancelBroadcast(name: string): Promise<void>
}

/** The calls about broadcasts; `pushAll` begins one. */
export function broadcastCalls(call: ApiCall): BroadcastCalls {
  return {
    async getBroadcast(name) {
      const answer = call<{ broadcast: BroadcastStatus }>('GET', path`/v1/broadcasts/${name}`)
      return answer.then(({ broadcast }) => broadcast, nullIf('broadcast_not_found'))
    },
    async getBroadcasts(options) {
      return (await call<{ broadcasts: BroadcastStatus[] }>('GET', '/v1/broadcasts', { query: { ...options } }))
        .broadcasts
    },
    async getRecipients(name, query) {
      const content = { query: { ...query } }
      return (await call<{ recipients: BroadcastRecipient[] }>('GET', path`/v1/broadcasts/${name}/recipients`, content))
        .recipients
    },
    async pauseBroadcast(name) {
      await call('POST', path`/v1/broadcasts/${name}/pause`)
    },
    async resumeBroadcast(name) {
      await call('POST', path`/v1/broadcasts/${name}/resume`)
    },
    async cancelBroadcast(name) {
      await call('POST', path`/v1/broadcasts/${name}/cancel`)
    },
  }
}
