import type { Address, Push, SenderContext } from '@carillon/contract'
import { type CallResult, guardCalls } from '@carillon/to-addresses'
import { LRUCache } from 'lru-cache'

/** Sends one rendered message to one address. */
export type ChatCall<Message> = (message: Message, address: Address, push: Push) => Promise<CallResult>

/** Lets messages wait while a service is out of order, and logs what only the operator can correct. */
export interface ChatGuard {
  /** For a service that all addresses share. Operators see when it is not called. */
  guarded<Message>(call: ChatCall<Message>): ChatCall<Message>
  /** For addresses that are URLs on hosts of their own, each of which may fail alone. */
  guardedByHost<Message>(call: ChatCall<Message>): ChatCall<Message>
}

const MOST_HOSTS = 1000

/** @param service its name, for the log and the history */
export function chatGuard(service: string, context: Pick<SenderContext, 'log' | 'watchBreaker'>): ChatGuard {
  const { log } = context
  return {
    guarded(call) {
      const guard = guardCalls(service, context)
      return (...args) => guard(() => call(...args))
    },
    guardedByHost(call) {
      // Not shown to operators: users may name any number of hosts.
      const memoMethod = (host: string) => guardCalls(`${service} at ${host}`, { log })
      const guards = new LRUCache<string, ReturnType<typeof guardCalls>>({ max: MOST_HOSTS, memoMethod })
      return (...args) => guards.memo(new URL(args[1].token).host)(() => call(...args))
    },
  }
}
