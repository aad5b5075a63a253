import type { SenderContext } from '@carillon/contract'
import { LRUCache } from 'lru-cache'
import type { CallResult } from './call-result.ts'
import { guardCalls } from './guard-calls.ts'

/** Addresses may name any number of hosts. Of more than these, the one that was called longest ago is forgotten. */
const MOST_HOSTS = 1000

/**
 * As `guardCalls`, for addresses that are URLs, each of whose hosts may fail alone. Operators see every host that is not
 * called for now.
 * @param nameOf a host's name, for the log and the history
 */
export function guardHosts(
  nameOf: (host: string) => string,
  { log, watchBreaker }: Pick<SenderContext, 'log' | 'watchBreaker'>,
): (host: string, call: () => Promise<CallResult>) => Promise<CallResult> {
  const guardOf = (host: string) => {
    let unwatch = () => {}
    const watch: typeof watchBreaker = (read) => (unwatch = watchBreaker?.(read) ?? unwatch)
    return { guard: guardCalls(nameOf(host), { log, watchBreaker: watch }), unwatch }
  }
  const guards = new LRUCache<string, ReturnType<typeof guardOf>>({
    max: MOST_HOSTS,
    memoMethod: guardOf,
    dispose: ({ unwatch }) => unwatch(),
  })
  return (host, call) => guards.memo(host).guard(call)
}
