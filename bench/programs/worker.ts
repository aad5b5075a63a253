import type { Push } from '@carillon/contract'
import { Tally } from '../tally.ts'
import { answerAsWorker } from '../worker-program.ts'

/* A worker with the sender `bench`, which does nothing. */

const tally = new Tally()
await answerAsWorker({ name: 'bench', send }, tally)

async function send({ name }: Push): Promise<void> {
  tally.called(name)
}
