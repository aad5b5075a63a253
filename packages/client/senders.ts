import type { SenderStatus } from '@carillon/contract'
import { checkSender } from './path.ts'
import type { Call } from './request.ts'

export interface SenderCalls {
  getSenders(): Promise<SenderStatus[]>
  /** Its pushes are accepted and wait, until `resumeSender`. */
  pauseSender(name: string): Promise<void>
  resumeSender(name: string): Promise<void>
}

/** The calls about senders' queues. */
export function senderCalls(call: Call): SenderCalls {
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
