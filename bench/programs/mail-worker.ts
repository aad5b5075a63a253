import { type SenderDefinition, standardSenders } from 'carillon'
import { answerAsWorker } from '../worker-program.ts'

/* A worker with the sender of mail; with ONE_BY_ONE=1 without its `sendBatch`. */

const mail = standardSenders.find(({ name }) => name === 'sendmail')!
await answerAsWorker(process.env.ONE_BY_ONE === '1' ? withoutBatches(mail) : mail)

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
