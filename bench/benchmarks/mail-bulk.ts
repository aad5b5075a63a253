import type { Benchmark } from '../benchmark.ts'
import { throughSendgrid } from '../mailing.ts'
import { sending } from './broadcast.ts'
import { openStage } from './stage.ts'

const MAILS = 100_000
/** One by one they take ten times as long, and what counts is how many a second. */
const FEW = 10_000

const LETTER = { subject: 'The bells ring', text: 'Hello from the bell tower.\n'.repeat(20) }

export const mailBulk: Benchmark = {
  name: 'mail-bulk',
  work: `broadcast of ${MAILS.toLocaleString('en')} mails through SendGrid's API, a local server that takes all of them`,
  targets: [{ figure: 'recipients/s', atLeast: 10 }],
  async open() {
    const [many, few] = [await openStage(MAILS, 'sendmail'), await openStage(FEW, 'sendmail')]
    const env = await throughSendgrid(many)
    const bulk = await many.program('mail-worker', env)
    const single = await few.program('mail-worker', { ...env, ONE_BY_ONE: '1' })
    for (const worker of [bulk, single]) await worker.ask('start')
    const mailAll =
      ({ services }: typeof many) =>
      () =>
        services.api(1).pushAll('sendmail', JSON.stringify(LETTER))
    return {
      carillon: sending('sendBatch, up to 1000 mails a call', bulk, mailAll(many), MAILS),
      baselines: [sending('one mail a call', single, mailAll(few), FEW)],
      async close() {
        await few.close()
        await many.close()
      },
    }
  },
}
