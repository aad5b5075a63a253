import { describeIssues, freezeDeeply, type Sender, senderScope, type StandardSchemaV1 } from '@carillon/contract'
import { parseData } from '../data.ts'
import type { Deadline } from './deadline.ts'
import { textOf } from './text.ts'

/** The data of a push as its sender sees it, or why the push is dead: a retry would not make the data valid. */
type ReadData = { data: unknown } | { invalid: string }

/** Rejects if the schema fails, or does not answer before the deadline. */
export type DataReader = (raw: string, deadline: Deadline) => Promise<ReadData>

/**
 * Reads data by a sender's schema. The last data that was valid is kept, so that the recipients of a broadcast share one
 * value, which is validated once. It is frozen: a sender that changed it would change the messages of others.
 * @returns undefined for a sender without a schema
 */
export function dataReader({ name, data: schema }: Pick<Sender, 'name' | 'data'>): DataReader | undefined {
  if (!schema) return undefined
  let last: { raw: string; reading: Promise<ReadData> } | undefined

  return (raw, deadline) => {
    if (last?.raw === raw) return last.reading
    const validate = async () => readDataOf(name, await schema['~standard'].validate(parseData(raw)))
    const reading = deadline.within((fail) => senderScope.run({ sender: name, fail }, validate), 'no')
    const current = { raw, reading }
    const forget = () => void (last === current && (last = undefined))
    reading.then((read) => 'invalid' in read && forget(), forget)
    last = current
    return reading
  }
}

function readDataOf(sender: string, result: StandardSchemaV1.Result<unknown>): ReadData {
  if (!result.issues) return { data: freezeDeeply(result.value) }
  return { invalid: textOf(`data is invalid for ${sender}: ${describeIssues(result.issues)}`) }
}
