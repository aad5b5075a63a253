import type { Logger, OnAmbiguous, Rate, Sender, SenderDefinition } from '@carillon/contract'
import { privateFolder } from '@carillon/files'
import { builtInSenders, createWorker as startWorker } from '@carillon/worker'
import type { Services } from '../services.ts'

export interface WorkerOptions {
  senders: readonly (Sender | SenderDefinition)[]
  /** What senders read their options from, such as `process.env`; default: nothing. */
  env?: Record<string, string | undefined>
  /** Folder where messages become files when a sender has no provider; absent: such a sender is not run. */
  outbox?: string
  /** Sends of one sender that run at once; default 50. */
  concurrency?: number
  /** Failed tries after which a push is dead; default 10. */
  retryTimes?: number
  /**
   * What follows a failed try whose message may be out all the same, such as a time-out: `retry`, which is the
   * default and may send it twice, or `giveup`, which ends it dead.
   */
  onAmbiguous?: OnAmbiguous
  /** Days that what ended is kept, with its history; default 30. */
  retentionDays?: number
  /**
   * How often a sender may send, by its name: `{ sendsms: { count: 10, seconds: 1 } }`. All workers
   * on one Redis count together, and should be given the same; what is beyond it waits.
   */
  rates?: Readonly<Record<string, Rate>>
}

export interface RunningWorker {
  /** Finishes what it is sending and gives the rest back, within 10 s. Called before the services are closed. */
  stop(): Promise<void>
}

const DAY_S = 86_400

/** The senders that come with Carillon: sendmail and sendsms. Without a provider they are not run. */
export const standardSenders: readonly SenderDefinition[] = builtInSenders

/**
 * Runs senders in this process. One whose credentials are missing is named in the log and not run.
 * @throws Error when two senders have one name, or a rate lets nothing through.
 */
export async function createWorker(services: Services, options: WorkerOptions): Promise<RunningWorker> {
  const {
    senders,
    env = {},
    outbox,
    rates,
    concurrency = 100,
    retryTimes = 10,
    onAmbiguous = 'retry',
    retentionDays = 30,
  } = options
  if (rates) checkRates(rates)
  if (outbox !== undefined) makeOutbox(outbox, services.log)
  const rules = { rates, concurrency, retryTimes, onAmbiguous, ttl: services.pushTtl, retention: retentionDays * DAY_S }
  const live = (await services.live()).users
  return startWorker({ ...services, live, senders, env, outbox, ...rules })
}

/** The messages in it are nobody else's business on this machine. */
function makeOutbox(outbox: string, log: Logger): void {
  const notice = privateFolder(outbox)
  if (notice !== undefined) log.warn({ outbox }, notice)
}

function checkRates(rates: Readonly<Record<string, Rate>>): void {
  for (const [sender, { count, seconds }] of Object.entries(rates)) {
    if (Number.isInteger(count) && count > 0 && seconds > 0) continue
    throw new RangeError(`The rate of ${sender} must be a whole count above 0 in seconds above 0.`)
  }
}
