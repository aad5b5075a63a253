import { connect, createWorker, type RunningWorker } from 'carillon'
import type { ObservedTry, Push } from '@carillon/contract'
import { answering, given } from '../answering.ts'

/* A worker with the sender `bench`, which does nothing. It says when so many outcomes are recorded. */

const now = () => performance.timeOrigin + performance.now()

let recorded = 0
let wanted = Infinity
let reached: () => void = () => {}
let calls: { name: string; at: number }[] | undefined

const ignore = () => {}
const services = await connect({
  ...given,
  observer: {
    accepted: ignore,
    broadcastAccepted: ignore,
    cancelled: ignore,
    replayed: ignore,
    called: ignore,
    batch: ignore,
    tried({ outcome }: ObservedTry) {
      if (outcome === 'sent' && ++recorded === wanted) reached()
    },
  },
})
let worker: RunningWorker | undefined

answering(
  {
    async start() {
      worker = await createWorker(services, { senders: [{ name: 'bench', send }] })
    },
    async halt() {
      await worker?.stop()
      worker = undefined
    },
    /** From now on. Resolves with the time at which the last was recorded, in ms since 1970. */
    async recorded(count: number) {
      recorded = 0
      await new Promise<void>((resolve) => {
        wanted = count
        reached = resolve
      })
      return now()
    },
    watchCalls() {
      calls = []
    },
    calls: () => calls,
  },
  async () => {
    await worker?.stop()
    await services.close()
  },
)

async function send({ name }: Push): Promise<void> {
  calls?.push({ name, at: now() })
}
