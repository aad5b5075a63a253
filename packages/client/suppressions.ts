import type { Suppression, SuppressionQuery } from '@carillon/contract'
import { path } from './path.ts'
import type { Call } from './request.ts'

export interface SuppressionCalls {
  /** Newest first; `after` is the id of the last one of the page before. */
  getSuppressions(query?: SuppressionQuery): Promise<Suppression[]>
  /** A sender leaves the address alone from now on; one that is suppressed already stays as it is. */
  addSuppression(sender: string, address: string, reason?: string): Promise<Suppression>
  /** @throws ApiError `suppression_not_found`. */
  liftSuppression(id: string): Promise<void>
}

/** The calls about addresses that are not sent to. */
export function suppressionCalls(call: Call): SuppressionCalls {
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
