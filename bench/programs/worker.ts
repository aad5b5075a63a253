import { connect, createWorker, type RunningWorker } from 'carillon'
import type { Push } from '@carillon/contract'
import { answering, given } from '../answering.ts'
import { Tally } from '../tally.ts'

/* A worker with the sender `bench`, which does nothing. */

const tally = new Tally()
const services = await connect({ ...given, observer: tally.observer })
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
