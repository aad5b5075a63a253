import { backoff, singleFlight } from '@carillon/async'
import { type Callback, type Callbacks, errorCode, type Logger, type Outbound, OutboundError } from '@carillon/contract'
import type { Consumer, Queue } from '@carillon/queue'
import type { CallbackRepository, ClaimedCallback } from '@carillon/store'

/** The queue of callbacks: no sender can have this name. */
const CALLBACKS = '.callbacks'

export interface AcceptCallbacksDeps {
  callbacks: CallbackRepository
  queue: Queue
  log: Logger
}

/** Stores calls to be made, then wakes a worker. */
export function acceptCallbacks({ callbacks, queue, log }: AcceptCallbacksDeps): Callbacks {
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
    .wake([{ sender: CALLBACKS, wakeUp: { callbacks: true }, delay, priority: 'normal' }])
    .catch((error: unknown) =>
      log.warn({ code: errorCode(error) }, 'the queue did not accept a wake-up; callbacks wait'),
    )
}

export interface CallerDeps {
  callbacks: CallbackRepository
  queue: Queue
  outbound: Outbound
  log: Logger
  /** Aborted when nothing new may be claimed. */
  drain: AbortSignal
}

/** Milliseconds that a server has to answer, as Pusher gives it. */
const TIMEOUT_MS = 4000
/** Longer than a call can take: then its worker is dead. */
const LEASE_S = 10
const AT_ONCE = 50
/** Calls to one address at once, so that a slow one does not hold up the others. */
const PER_URL = 10
/** Seconds. */
const pauseAfter = backoff(1, 60)

/** Makes the calls that are due, whenever a wake-up announces that there may be some. */
export function startCaller(deps: CallerDeps): Consumer {
  const caller = new Caller(deps)
  const consumer = deps.queue.consume(CALLBACKS, () => caller.look(), 1)
  return {
    async stop() {
      await consumer.stop()
      await caller.idle()
    },
  }
}

/** Keeps as many calls running as may run at once. */
class Caller {
  readonly #deps: CallerDeps
  /** The address of each call that runs. */
  readonly #running = new Map<Promise<void>, string>()
  readonly #claimDue = singleFlight(() => this.#begin())
  #more = false

  constructor(deps: CallerDeps) {
    this.#deps = deps
  }

  /** Begins the calls that are due and may begin; does not wait for their ends. */
  look(): Promise<void> {
    this.#more = true
    return this.#claimDue()
  }

  async idle(): Promise<void> {
    await Promise.all(this.#running.keys())
  }

  async #begin(): Promise<void> {
    while (this.#more && !this.#deps.drain.aborted && this.#running.size < AT_ONCE) {
      this.#more = false
      const room = { most: AT_ONCE - this.#running.size, perUrl: PER_URL, except: this.#busyUrls() }
      for (const callback of await this.#deps.callbacks.claim(room, LEASE_S)) this.#call(callback)
    }
  }

  #call(callback: ClaimedCallback): void {
    this.#more = true
    const call: Promise<void> = callOnce(this.#deps, callback).then(() => {
      this.#running.delete(call)
      return this.look().catch(() => {}) // the sweeper looks too
    })
    this.#running.set(call, callback.url)
  }

  #busyUrls(): string[] {
    const byUrl = Map.groupBy(this.#running.values(), (url) => url)
    return [...byUrl].flatMap(([url, calls]) => (calls.length >= PER_URL ? [url] : []))
  }
}

/** Never throws: a row of which nothing is recorded is due again when its lease is over. */
async function callOnce(deps: CallerDeps, callback: ClaimedCallback): Promise<void> {
  const { callbacks, queue, log } = deps
  const about = { callback: callback.id, app: callback.app, attempt: callback.attempt }
  try {
    const trouble = await troubleWith(deps.outbound, callback)
    if (trouble === null) return await callbacks.done(callback)
    const pause = pauseAfter(callback.attempt)
    if (!(await callbacks.retry(callback, pause))) log.warn({ ...about, trouble }, 'a callback was given up')
    else await wakeCallbacks(queue, log, pause * 1000)
  } catch (error) {
    log.warn({ ...about, error: String(error) }, 'the outcome of a callback could not be recorded')
  }
}

/** @returns null when the server accepted it, else why not */
async function troubleWith(outbound: Outbound, { url, headers, body }: ClaimedCallback): Promise<string | null> {
  try {
    const { status } = await outbound.post({ url, headers, body, timeout: TIMEOUT_MS })
    return status >= 200 && status < 300 ? null : `it answered ${status}`
  } catch (error) {
    if (error instanceof OutboundError) return error.message
    throw error
  }
}
