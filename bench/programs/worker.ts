import type { Push } from '@carillon/contract'
import { Tally } from '../tally.ts'
import { answerAsWorker } from '../worker-program.ts'

/* A worker with the sender `bench`, which does nothing; BENCH_RATE of it a second, if that is set. */

const tally = new Tally()
const { BENCH_RATE } = process.env
const rate = BENCH_RATE ? { count: Number(BENCH_RATE), seconds: 1 } : undefined
await answerAsWorker({ name: 'bench', send, ...(rate && { rate }) }, tally)

async function send({ name }: Push): Promise<void> {
  tally.called(name)
}
