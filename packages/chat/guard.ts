import type { Address, Push, SenderContext } from '@carillon/contract'
import { type CallResult, guardCalls, guardHosts } from '@carillon/to-addresses'

/** Sends one rendered message to one address. */
export type ChatCall<Message> = (message: Message, address: Address, push: Push) => Promise<CallResult>

/** Lets messages wait while a service is out of order, which operators see, and logs what only they can correct. */
export interface ChatGuard {
  /** For a service that all addresses share. */
  guarded<Message>(call: ChatCall<Message>): ChatCall<Message>
  /** For addresses that are URLs on hosts of their own, each of which may fail alone. */
  guardedByHost<Message>(call: ChatCall<Message>): ChatCall<Message>
}

/** @param service its name, for the log and the history */
export function chatGuard(service: string, context: Pick<SenderContext, 'log' | 'watchBreaker'>): ChatGuard {
  return {
    guarded(call) {
      const guard = guardCalls(service, context)
      return (...args) => guard(() => call(...args))
    },
    guardedByHost(call) {
      const guard = guardHosts((host) => `${service} at ${host}`, context)
      return (...args) => guard(new URL(args[1].token).host, () => call(...args))
    },
  }
}
