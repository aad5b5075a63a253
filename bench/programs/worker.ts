import { connect, createWorker, type RunningWorker } from 'carillon'
import type { Push } from '@carillon/contract'
import { answering, given } from '../answering.ts'
import { Tally } from '../tally.ts'

/* A worker with the sender `bench`, which does nothing. */

const tally = new Tally()
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
    tried({ outcome }) {
      if (outcome === 'sent') tally.recorded()
    },
  },
})
let worker: RunningWorker | undefined

answering(
  {
    ...tally.commands,
    async start() {
      worker = await createWorker(services, { senders: [{ name: 'bench', send }] })
    },
    async halt() {
      await worker?.stop()
      worker = undefined
    },
  },
  async () => {
    await worker?.stop()
    await services.close()
  },
)

async function send({ name }: Push): Promise<void> {
  tally.called(name)
}
