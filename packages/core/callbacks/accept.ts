import { type Callback, type Callbacks, errorCode, type Logger } from '@carillon/contract'
import type { Queue } from '@carillon/queue'
import type { CallbackRepository } from '@carillon/store'

/** The line of the queue for callbacks: no sender can have this name. */
export const CALLBACKS = '.callbacks'

export interface AcceptCallbacksParts {
  callbacks: CallbackRepository
  queue: Queue
  log: Logger
}

/** Stores calls to be made, then wakes a worker. */
export function acceptCallbacks({ callbacks, queue, log }: AcceptCallbacksParts): Callbacks {
  return {
    async post(some: readonly Callback[]) {
      await callbacks.add(some)
      await wakeCallbacks(queue, log)
    },
  }
}

/** A queue that is away costs time only: the sweeper looks too. */
export async function wakeCallbacks(queue: Queue, log: Logger, delay = 0): Promise<void> {
  await queue
    .wake([{ sender: CALLBACKS, hint: { callbacks: true }, delay, priority: 'normal' }])
    .catch((error: unknown) => log.warn({ code: errorCode(error) }, 'the queue did not take a hint; callbacks wait'))
}
