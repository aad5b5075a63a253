import type {
  ErrorCode,
  HistoryApi,
  PushAllOptions,
  PushApi,
  PushData,
  PushFilter,
  PushHistory,
  PushOptions,
  PushRecord,
} from '@carillon/contract'
import { nullIf } from './errors.ts'
import { type ApiCall, type CallFields, path, senderPath } from './request.ts'

/** One push among many: with data, or with a stored template. */
export type PushItem = PushOptions & { sender: string; pusher: string } & (
    | { data: PushData }
    | { template: string; vars?: object }
  )

/** What became of it: accepted under a name, or refused. */
export type PushResult = { result: 'OK'; name: string } | { err: string; code: ErrorCode; hint?: string }

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
  /**
   * Pushes a stored template, which shows `vars`. Answers the push's name.
   * @throws ApiError `template_not_found`, or `invalid_field` if vars are missing
   */
  pushTemplate(
    sender: string,
    pusher: string,
    template: string,
    vars?: object,
    options?: PushOptions & Idempotent,
  ): Promise<string>
  /** As `pushTemplate`, to all. Answers the broadcast's name. */
  pushAllTemplate(
    sender: string,
    template: string,
    vars?: object,
    options?: PushAllOptions & Idempotent,
  ): Promise<string>
  /** Answers the broadcast's name. */
  pushAll(sender: string, data: PushData, options?: PushAllOptions & Idempotent): Promise<string>
  /**
   * Many pushes in one call, 1 to 1000; the results are index-aligned with the items.
   * @throws CarillonError for the call as a whole only: a refused item is a result.
   */
  pushMany(items: PushItem[], options?: Idempotent): Promise<PushResult[]>
}

/** The calls that push, and that take a push back. */
export function pushCalls(call: ApiCall): PushCalls {
  const send = async (route: string, { idempotencyKey, ...form }: Idempotent & CallFields) =>
    (await call<{ name: string }>('POST', route, { form, idempotencyKey })).name
  return {
    push: async (sender, pusher, data, options) => send(senderPath(sender, 'push'), { ...options, pusher, data }),
    pushAll: async (sender, data, options) => send(senderPath(sender, 'pushall'), { ...options, data }),
    pushTemplate: async (sender, pusher, template, vars, options) =>
      send(senderPath(sender, 'push'), { ...options, pusher, template, vars }),
    pushAllTemplate: async (sender, template, vars, options) =>
      send(senderPath(sender, 'pushall'), { ...options, template, vars }),
    async cancelPush(sender, name) {
      await call('POST', senderPath(sender, 'cancelpush'), { form: { name } })
    },
    async pushMany(pushes, { idempotencyKey } = {}) {
      const content = { json: { pushes }, idempotencyKey }
      return (await call<{ results: PushResult[] }>('POST', '/v1/push', content)).results
    },
  }
}

export interface HistoryCalls extends HistoryApi {
  /** @throws ApiError `push_not_found`, or `conflict` when it is not dead or a push of its name is pending. */
  replayPush(id: string): Promise<void>
  /** Replays all dead pushes that fit, in as many calls as it takes. @returns how many. */
  replayDead(filter?: PushFilter): Promise<number>
}

/** The calls about what became of pushes. */
export function historyCalls(call: ApiCall): HistoryCalls {
  return {
    async getPushes(query) {
      return (await call<{ pushes: PushRecord[] }>('GET', '/v1/pushes', { query: { ...query } })).pushes
    },
    async getPush(id) {
      return call<{ push: PushHistory }>('GET', path`/v1/pushes/${id}`).then(
        ({ push }) => push,
        nullIf('push_not_found'),
      )
    },
    async replayPush(id) {
      await call('POST', path`/v1/pushes/${id}/replay`)
    },
    async replayDead(filter) {
      let total = 0
      for (let after: string | null | undefined; after !== null;) {
        const form = { ...filter, after }
        const answer: ReplayAnswer = await call('POST', '/v1/dead/replay', { form })
        total += answer.replayed
        after = answer.next
      }
      return total
    },
  }
}

interface ReplayAnswer {
  replayed: number
  next: string | null
}
