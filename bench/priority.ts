import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type Services } from 'carillon'
import { row, summary } from './delays.ts'
import { type Servers, startServers } from './servers.ts'

/*
 * Does a single push overtake a running broadcast? `node bench/priority.ts [recipients]` broadcasts
 * through a sender that takes 2 ms, with one worker, and pushes all the while: the delay is from the
 * answer of a push to the call of the sender. It fails where the p99 is a second or more.
 */

const RECIPIENTS = Number(process.argv[2] ?? 100_000)
const IDLE_PUSHES = 200
const LONGEST_P99_MS = 1000
/** Between two pushes; not even, so that no rhythm of the broadcast is met. */
const pauseMs = () => 10 + Math.random() * 20
const now = () => performance.timeOrigin + performance.now()

const servers = await startServers()
const services = await connect(servers)
const worker = startWorker(servers)
try {
  await servers.addPushers(RECIPIENTS, 'bench')
  await worker.ready
  const idle = await pushWhile((pushed) => pushed < IDLE_PUSHES)
  const broadcast = await broadcasting(services)
  const busy = await pushWhile(() => broadcast.runs())
  console.log(`A broadcast to ${RECIPIENTS} in ${broadcast.seconds()} s; push answered to sender called, in ms:`)
  for (const line of [row(), row('idle', summary(idle)), row('broadcast', summary(busy))]) console.log(line)
  if (summary(busy).p99 >= LONGEST_P99_MS) process.exitCode = 1
} finally {
  await worker.stop()
  await services.close()
  await servers.stop()
}

/** Pushes one by one, and answers the delay of each. */
async function pushWhile(goesOn: (pushed: number) => boolean): Promise<number[]> {
  const answered = new Map<string, number>()
  for (let pushed = 0; goesOn(pushed); pushed++) {
    const name = await services.api(1).push('bench', 'p1', `single ${pushed} ${now()}`)
    answered.set(name, now())
    await pause(pauseMs())
  }
  const called = await worker.calls(answered.size)
  return [...answered].map(([name, at]) => called.get(name)! - at)
}

/** A broadcast under way. */
async function broadcasting({ store, api }: Services) {
  const startedAt = now()
  const name = await api(1).pushAll('bench', 'to all')
  let endedAt: number | undefined
  const watch = async () => {
    while ((await store.broadcasts.status(1, name))?.state !== 'done') await pause(100)
    endedAt = now()
  }
  void watch()
  return { runs: () => endedAt === undefined, seconds: () => ((endedAt! - startedAt) / 1000).toFixed(1) }
}

/** A worker in a process of its own, which tells when it is called with a single push. */
function startWorker({ databaseUrl, redisUrl, queuePrefix }: Servers) {
  const options = JSON.stringify({ databaseUrl, redisUrl, queuePrefix })
  const child: ChildProcess = fork(join(import.meta.dirname, 'priority-worker.ts'), [options])
  const called = new Map<string, number>()
  return {
    ready: once(child, 'message').then(() => {
      child.on('message', (call: { name: string; at: number }) => void called.set(call.name, call.at))
    }),
    async calls(count: number): Promise<Map<string, number>> {
      while (called.size < count) await pause(10)
      const calls = new Map(called)
      called.clear()
      return calls
    },
    async stop() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
