import type { ErrorCode, PushAllOptions, PushApi, PushData, PushOptions } from '@carillon/contract'
import { senderPath } from './path.ts'
import type { Call } from './request.ts'

/** One push among many. */
export interface PushItem extends PushOptions {
  sender: string
  pusher: string
  data: PushData
}

/** What became of it: accepted under a name, or refused. */
export type PushResult = { result: 'OK'; name: string } | { err: string; code: ErrorCode }

/**
 * With a key of your own making (1 to 255 characters of printable ASCII) a call may be made again
 * when no answer came: for 24 hours the same call is answered the same and pushes nothing more.
 */
export interface Idempotent {
  idempotencyKey?: string
}

export interface PushCalls extends Pick<PushApi, 'cancelPush'> {
  /** Answers the push's name. */
  push(sender: string, pusher: string, data: PushData, options?: PushOptions & Idempotent): Promise<string>
  /** Answers the broadcast's name. */
  pushAll(sender: string, data: PushData, options?: PushAllOptions & Idempotent): Promise<string>
  /**
   * Many pushes in one call, 1 to 1000; the results are index-aligned with the items.
   * @throws CarillonError for the call as a whole only: a refused item is a result.
   */
  pushMany(items: PushItem[], options?: Idempotent): Promise<PushResult[]>
}

/** The calls that push, and that take a push back. */
export function pushCalls(call: Call): PushCalls {
  return {
    async push(sender, pusher, data, { idempotencyKey, ...options } = {}) {
      const content = { form: { ...options, pusher, data }, idempotencyKey }
      return (await call<{ name: string }>('POST', senderPath(sender, 'push'), content)).name
    },
    async pushAll(sender, data, { idempotencyKey, ...options } = {}) {
      const content = { form: { ...options, data }, idempotencyKey }
      return (await call<{ name: string }>('POST', senderPath(sender, 'pushall'), content)).name
    },
    async cancelPush(sender, name) {
      await call('POST', senderPath(sender, 'cancelpush'), { form: { name } })
    },
    async pushMany(pushes, { idempotencyKey } = {}) {
      const content = { json: { pushes }, idempotencyKey }
      return (await call<{ results: PushResult[] }>('POST', '/v1/push', content)).results
    },
  }
}
