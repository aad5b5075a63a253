import type { StandardSchemaV1 } from '@carillon/contract'

const TEXT = 'This is a test. You can ignore it.'

/** What the schemas of senders ask for, of different kinds. */
const candidates = [
  { subject: 'A test', text: TEXT },
  { title: 'A test', body: TEXT },
  { text: TEXT },
  { content: TEXT },
  { event: 'test', data: { text: TEXT } },
]

/** A small message for a sender: the first one that its schema accepts, or a text where it has none. */
export async function testMessage(schema: StandardSchemaV1 | undefined): Promise<string> {
  if (!schema) return TEXT
  for (const candidate of candidates) {
    const { issues } = await schema['~standard'].validate(candidate)
    if (!issues) return JSON.stringify(candidate)
  }
  return TEXT
}
