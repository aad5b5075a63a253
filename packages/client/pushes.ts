import type { ErrorCode, PushApi, PushOptions } from '@carillon/contract'
import { senderPath } from './path.ts'
import type { Call } from './request.ts'

/** One push among many. */
export interface PushItem extends PushOptions {
  sender: string
  pusher: string
  data: string
}

/** What became of it: accepted under a name, or refused. */
export type PushResult = { result: 'OK'; name: string } | { err: string; code: ErrorCode }

export interface PushCalls extends Pick<PushApi, 'push' | 'pushAll' | 'cancelPush'> {
  /**
   * Many pushes in one call, 1 to 1000; the results are index-aligned with the items.
   * @throws CarillonError for the call as a whole only: a refused item is a result.
   */
  pushMany(items: PushItem[]): Promise<PushResult[]>
}

/** The calls that push, and that take a push back. */
export function pushCalls(call: Call): PushCalls {
  return {
    async push(sender, pusher, data, options) {
      const form = { ...options, pusher, data }
      return (await call<{ name: string }>('POST', senderPath(sender, 'push'), { form })).name
    },
    async pushAll(sender, data, options) {
      const form = { ...options, data }
      return (await call<{ name: string }>('POST', senderPath(sender, 'pushall'), { form })).name
    },
    async cancelPush(sender, name) {
      await call('POST', senderPath(sender, 'cancelpush'), { form: { name } })
    },
    async pushMany(pushes) {
      return (await call<{ results: PushResult[] }>('POST', '/v1/push', { json: { pushes } })).results
    },
  }
}
