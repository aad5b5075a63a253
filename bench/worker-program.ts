import { connect, createWorker, type RunningWorker, type Sender, type SenderDefinition } from 'carillon'
import { answering, given } from './answering.ts'
import { Tally } from './tally.ts'

/** A program whose worker runs one sender, from `start` to `halt`, and counts what it has sent. */
export async function answerAsWorker(sender: Sender | SenderDefinition, tally = new Tally()): Promise<void> {
  const services = await connect({ ...given, publicUrl: process.env.PUBLIC_URL, observer: tally.observer })
  let worker: RunningWorker | undefined
  const halt = async () => {
    await worker?.stop()
    worker = undefined
  }
  answering(
    {
      ...tally.commands,
      async start() {
        worker = await createWorker(services, { senders: [sender], env: process.env })
      },
      halt,
    },
    async () => {
      await halt()
      await services.close()
    },
  )
}
