import type { PushFilter, PushHistory, PushQuery, PushRecord } from '@carillon/contract'
import { ApiError } from './errors.ts'
import { path } from './path.ts'
import type { Call } from './request.ts'

export interface HistoryCalls {
  /** Newest first; `after` is the id of the last one of the page before. */
  getPushes(query?: PushQuery): Promise<PushRecord[]>
  /** With its timeline; null when there is none. */
  getPush(id: string): Promise<PushHistory | null>
  /** @throws ApiError `push_not_found`, or `conflict` when it is not dead or a push of its name is pending. */
  replayPush(id: string): Promise<void>
  /** Replays all dead pushes that fit, in as many calls as it takes. @returns how many. */
  replayDead(filter?: PushFilter): Promise<number>
}

/** The calls about what became of pushes. */
export function historyCalls(call: Call): HistoryCalls {
  return {
    async getPushes(query) {
      return (await call<{ pushes: PushRecord[] }>('GET', '/v1/pushes', { query: { ...query } })).pushes
    },
    async getPush(id) {
      return call<{ push: PushHistory }>('GET', path`/v1/pushes/${id}`).then(({ push }) => push, nullIfMissing)
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

function nullIfMissing(error: unknown): null {
  if (error instanceof ApiError && error.code === 'push_not_found') return null
  throw error
}
