import {
  describeIssues,
  freezeDeeply,
  isReference,
  type PushTemplate,
  type Sender,
  senderScope,
  type StandardSchemaV1,
} from '@carillon/contract'
import type { EditionText } from '@carillon/store'
import { parseData } from '../data.ts'
import { contentReader } from '../templates/content.ts'
import type { ReadEdition } from '../templates/editions.ts'
import type { Attempt } from './attempt.ts'
import type { Deadline } from './deadline.ts'
import { textOf } from './text.ts'

/** The data of a push as its sender sees it. */
export interface PushContent {
  data: unknown
  /** With a stored template: the template's data as text, and what it renders with. */
  stored?: { raw: string; template: PushTemplate }
}

/** The content of a push, or why the push is dead: a retry would not make the data valid. */
type ReadData = PushContent | { invalid: string }

/** Rejects if the schema fails or does not answer before the deadline, or the template cannot be read. */
export type DataReader = (push: Pick<Attempt, 'app' | 'raw' | 'pusher'>, deadline: Deadline) => Promise<ReadData>

/**
 * Reads data by a sender's schema. The last data that was valid is kept, so that the recipients of a broadcast share one
 * value, which is validated once. It is frozen: a sender that changed it would change the messages of others.
 * @returns undefined for a sender without a schema
 */
export function dataReader(
  { name, data: schema }: Pick<Sender, 'name' | 'data'>,
  readEdition: ReadEdition,
): DataReader | undefined {
  if (!schema) return undefined
  let last: { raw: string; reading: Promise<ReadData> } | undefined

  const validated = (raw: string, deadline: Deadline): Promise<ReadData> => {
    const validate = async () => readDataOf(name, await schema['~standard'].validate(parseData(raw)))
    return deadline.within((fail) => senderScope.run({ sender: name, fail }, validate), 'no')
  }
  const readStored = storedReader(name, readEdition, validated)

  return (push, deadline) => {
    const { raw } = push
    if (isReference(raw)) return readStored(push, deadline)
    if (last?.raw === raw) return last.reading
    const reading = validated(raw, deadline)
    const current = { raw, reading }
    const forget = () => void (last === current && (last = undefined))
    reading.then((read) => 'invalid' in read && forget(), forget)
    last = current
    return reading
  }
}

/** Reads pushes that refer to a template. The text for each locale is validated once, as long as it is kept. */
function storedReader(
  sender: string,
  readEdition: ReadEdition,
  validated: (raw: string, deadline: Deadline) => Promise<ReadData>,
): DataReader {
  const readContent = contentReader(readEdition)
  const known = new WeakMap<EditionText, Promise<ReadData>>()
  const readText = (text: EditionText, deadline: Deadline): Promise<ReadData> => {
    const found = known.get(text)
    if (found) return found
    const reading = validated(text.data, deadline)
    const forget = () => known.delete(text)
    known.set(text, reading)
    reading.then((read) => 'invalid' in read && forget(), forget)
    return reading
  }

  return async ({ app, raw, pusher }, deadline) => {
    const content = await readContent({ app, sender, raw, locale: pusher?.locale ?? '' })
    if ('invalid' in content) return { invalid: textOf(content.invalid) }
    const { text, template } = content
    const read = await readText(text, deadline)
    return 'invalid' in read ? read : { data: read.data, stored: { raw: text.data, template } }
  }
}

function readDataOf(sender: string, result: StandardSchemaV1.Result<unknown>): ReadData {
  if (!result.issues) return { data: freezeDeeply(result.value) }
  return { invalid: textOf(`data is invalid for ${sender}: ${describeIssues(result.issues)}`) }
}
