import type { Explanation } from '@carillon/contract'
import type { ApiCall } from './request.ts'

export interface ExplainCalls {
  /** Says why a pusher is reached through a sender, or what stands in the way. */
  explain(pusher: string, sender: string, message?: { category?: string }): Promise<Explanation>
}

/** The call about what stands in the way of pushes. */
export function explainCalls(call: ApiCall): ExplainCalls {
  return {
    explain: (pusher, sender, message) =>
      call<Explanation>('GET', '/v1/explain', { query: { pusher, sender, ...message } }),
  }
}
