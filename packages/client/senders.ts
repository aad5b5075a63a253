import type { SenderStatus, Suppression, SuppressionQuery } from '@carillon/contract'
import { type ApiCall, checkSender, path } from './request.ts'

export interface SenderCalls {
  getSenders(): Promise<SenderStatus[]>
  /** Its pushes are accepted and wait, until `resumeSender`. */
  pauseSender(name: string): Promise<void>
  resumeSender(name: string): Promise<void>
}

/** The calls about senders' queues. */
export function senderCalls(call: ApiCall): SenderCalls {
  return {
    async getSenders() {
      return (await call<{ senders: SenderStatus[] }>('GET', '/v1/senders')).senders
    },
    async pauseSender(name) {
      await call('POST', `/v1/senders/${checkSender(name)}/pause`)
    },
    async resumeSender(name) {
      await call('POST', `/v1/senders/${checkSender(name)}/resume`)
    },
  }
}

export interface SuppressionCalls {
  /** Newest first; `after` is the id of the last one of the page before. */
  getSuppressions(query?: SuppressionQuery): Promise<Suppression[]>
  /** A sender leaves the address alone from now on; one that is suppressed already stays as it is. */
  addSuppression(sender: string, address: string, reason?: string): Promise<Suppression>
  /** @throws ApiError `suppression_not_found`. */
  liftSuppression(id: string): Promise<void>
}

/** The calls about addresses that are not sent to. */
export function suppressionCalls(call: ApiCall): SuppressionCalls {
  return {
    async getSuppressions(query) {
      const answer = await call<{ suppressions: Suppression[] }>('GET', '/v1/suppressions', { query: { ...query } })
      return answer.suppressions
    },
    async addSuppression(sender, address, reason) {
      const form = { sender, address, reason }
      return (await call<{ suppression: Suppression }>('POST', '/v1/suppressions', { form })).suppression
    },
    async liftSuppression(id) {
      await call('DELETE', path`/v1/suppressions/${id}`)
    },
  }
}
