import { randomUUID } from 'node:crypto'
import type { OnFault } from '@carillon/contract'
import { type Queue, WAKE_UP, type WakeUp, type WakeUpJob } from '@carillon/queue'
import { type BulkJobOptions, Queue as BullQueue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { connectRedis, type RedisDriverOptions } from './connect.ts'

/** With BullMQ's defaults the job of a killed worker comes back after a minute; so, after 5 s. */
const STALL = { lockDuration: 5000, stalledInterval: 2000, maxStalledCount: 1_000_000 }

const KEEP_ALIVE = { keepAlive: 5000 }

/** With BullMQ's default a consumer does nothing for 15 s after Redis has refused something. */
const RETRY = { runRetryDelay: 1000 }

/**
 * Milliseconds without data after which a connection counts as dead. A broken connection may never be closed, and its
 * caller would wait for ever. Consumers receive nothing for up to 10 s while they wait for a wake-up.
 */
const SILENCE_MS = { producer: 4000, consumer: 15_000 }

/** A key that only shows that Redis takes writes. */
const READY_KEPT_S = 60

/** Jobs of low priority come after all jobs without a number; high goes to the front of those. */
const LOW = 10

/** Wake-ups over Redis: one BullMQ queue per sender. */
export function redisQueue({ prefix, onError, onFault = onError as OnFault, ...server }: RedisDriverOptions): Queue {
  // A producer fails at once while Redis is away: the rows are safe, and a queue of commands in memory would only grow.
  let away = new Error('Redis cannot be reached.')
  const tell = (error: Error) => {
    away = error
    onError(error)
  }
  const producer = connectRedis(server, tell, {
    ...KEEP_ALIVE,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    enableReadyCheck: false, // a server that is loading its data answers with an error
    socketTimeout: SILENCE_MS.producer,
  })
  const queues = new Map<string, BullQueue<WakeUp>>()
  const connections = new Set<Redis>([producer])
  const timers = new Set<NodeJS.Timeout>()

  /** BullMQ would wait for Redis to come back, and the wake-ups would collect in memory. */
  function requireReady(): void {
    if (producer.status !== 'ready') throw away
  }

  function queueOf(sender: string): BullQueue<WakeUp> {
    const known = queues.get(sender)
    if (known) return known
    const queue = new BullQueue<WakeUp>(sender, { connection: producer, prefix, skipMetasUpdate: true })
    queue.on('error', onError)
    queues.set(sender, queue)
    return queue
  }

  /**
   * BullMQ puts a job whose delay is over at the end of the queue, even an urgent one. So this process adds urgent
   * wake-ups again once they are due. The delayed job is for the case that this process has ended by then.
   */
  function wakeInFront(wake: WakeUpJob): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      add(queueOf(wake.sender), [toJob({ ...wake, delay: 0 })]).catch(onError)
    }, wake.delay)
    timers.add(timer.unref())
  }

  return {
    async wake(wakeUps) {
      requireReady()
      const bySender = Map.groupBy(wakeUps, ({ sender }) => sender)
      await Promise.all([...bySender].map(([sender, group]) => add(queueOf(sender), group.map(toJob))))
      for (const wake of wakeUps) if (wake.priority === 'high' && wake.delay > 0) wakeInFront(wake)
    },
    consume(sender, handle, concurrency) {
      const waiting = { maxRetriesPerRequest: null, socketTimeout: SILENCE_MS.consumer }
      const connection = connectRedis(server, onError, { ...KEEP_ALIVE, ...waiting })
      connections.add(connection)
      // A retry would not help, and its rows are due anyway.
      const follow = async (data: unknown) => {
        const wakeUp = WAKE_UP.tryCheck(data, onFault)
        if (wakeUp) await handle(wakeUp)
      }
      const worker = new WakeUpWorker(sender, (job) => follow(job.data), {
        connection,
        prefix,
        concurrency,
        ...STALL,
        ...RETRY,
      })
      worker.on('error', onError)
      return {
        async stop() {
          await worker.close()
          connections.delete(connection)
          connection.disconnect()
        },
      }
    },
    async oldestWaiting(sender) {
      const [inLine] = await queueOf(sender).getJobs(['waiting'], 0, 0, true)
      const [behind] = await queueOf(sender).getJobs(['prioritized'], 0, 0, true)
      const times = [inLine, behind].flatMap((job) => (job ? [job.timestamp] : []))
      return times.length > 0 ? Math.min(...times) : null
    },
    async epoch() {
      const key = `${prefix}:epoch`
      await producer.set(key, randomUUID(), 'NX')
      return (await producer.get(key)) ?? ''
    },
    async ping() {
      requireReady()
      await producer.set(`${prefix}:ready`, '', 'EX', READY_KEPT_S)
    },
    async close() {
      for (const timer of timers) clearTimeout(timer)
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      for (const connection of connections) connection.disconnect()
    },
  }
}

interface Job {
  name: string
  data: WakeUp
  opts: BulkJobOptions
}

/** A transaction around a single job would cost as much again as the job. */
async function add(queue: BullQueue<WakeUp>, jobs: Job[]): Promise<void> {
  const [{ name, data, opts }] = jobs as [Job]
  await (jobs.length === 1 ? queue.add(name, data, opts) : queue.addBulk(jobs))
}

function toJob({ wakeUp, delay, priority }: WakeUpJob): Job {
  const opts = {
    removeOnComplete: true,
    removeOnFail: true,
    ...(delay > 0 && { delay: Math.ceil(delay) }),
    ...(priority === 'high' && { lifo: true }),
    ...(priority === 'low' && { priority: LOW }),
  }
  return { name: 'wake', data: WAKE_UP.mark(wakeUp), opts }
}

/** Read as no wake-up. */
const NO_WAKE_UP = '{}'

/**
 * BullMQ parses a job's data before our code sees it. If that is no JSON, it would throw and retry the job for ever.
 */
class WakeUpWorker extends Worker<WakeUp> {
  protected override createJob(
    ...[job, id]: Parameters<Worker<WakeUp>['createJob']>
  ): ReturnType<Worker<WakeUp>['createJob']> {
    return super.createJob({ ...job, data: isJson(job.data) ? job.data : NO_WAKE_UP }, id)
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
