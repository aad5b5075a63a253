import { checkSender } from './path.ts'
import type { Call } from './request.ts'

/** How a sender's queue stands. */
export interface SenderState {
  name: string
  /** Worker processes that take its pushes now. */
  workers: number
  paused: boolean
  /** Pushes that are due. */
  waiting: number
  /** Pushes for later. */
  delayed: number
  /** Pushes that are being sent. */
  active: number
  /** Seconds since the oldest waiting push was due. */
  oldestDueAge: number | null
}

export interface SenderCalls {
  getSenders(): Promise<SenderState[]>
  /** Its pushes are accepted and wait, until `resumeSender`. */
  pauseSender(name: string): Promise<void>
  resumeSender(name: string): Promise<void>
}

/** The calls about senders' queues. */
export function senderCalls(call: Call): SenderCalls {
  return {
    async getSenders() {
      return (await call<{ senders: SenderState[] }>('GET', '/v1/senders')).senders
    },
    async pauseSender(name) {
      await call('POST', `/v1/senders/${checkSender(name)}/pause`)
    },
    async resumeSender(name) {
      await call('POST', `/v1/senders/${checkSender(name)}/resume`)
    },
  }
}
