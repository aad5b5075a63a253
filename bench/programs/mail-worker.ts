import { connect, createWorker, type RunningWorker, type SenderDefinition, standardSenders } from 'carillon'
import { answering, given } from '../answering.ts'
import { Tally } from '../tally.ts'

/* A worker with the sender of mail; with ONE_BY_ONE=1 without its `sendBatch`. */

const tally = new Tally()
const services = await connect({ ...given, observer: tally.observer })
const mail = standardSenders.find(({ name }) => name === 'sendmail')!
const sender = process.env.ONE_BY_ONE === '1' ? withoutBatches(mail) : mail
let worker: RunningWorker | undefined

answering(
  {
    ...tally.commands,
    async start() {
      worker = await createWorker(services, { senders: [sender], env: process.env })
    },
  },
  async () => {
    await worker?.stop()
    await services.close()
  },
)

function withoutBatches(definition: SenderDefinition): SenderDefinition {
  return {
    ...definition,
    async create(env, context) {
      const made = await definition.create(env, context)
      if ('missing' in made) return made
      const { sendBatch: _, ...rest } = made
      return rest
    },
  }
}
