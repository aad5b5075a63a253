import * as z from 'zod'
import { identifier, pushStates, senderName } from '@carillon/contract'
import { given, pageSize } from './list-fields.ts'

/** Ids are 64 bits wide; none of 19 digits was ever given. */
const pushId = z
  .string('must be text')
  .regex(/^[1-9]\d{0,17}$/, 'must be the id of a push')
  .meta({ examples: ['1'] })

export const pushParams = z.object({ id: pushId })

const filter = {
  sender: given(senderName),
  pusher: given(identifier).meta({ description: 'Id of the pusher.' }),
  broadcast: given(
    z
      .string('must be text')
      .max(1000, 'must be at most 1000 characters')
      .refine((name) => !name.includes('\0'), 'must not contain a NUL character'),
  ).meta({
    description: 'Name of a broadcast. Only recipients that needed more than one attempt have pushes of their own.',
  }),
  after: given(pushId),
}

export const replayFields = z.object({
  ...filter,
  after: filter.after.meta({ description: 'The `next` of the previous answer.' }),
})

export const historyFields = z.object({
  ...filter,
  state: given(z.enum(pushStates, `must be one of ${pushStates.join(', ')}`)),
  after: filter.after.meta({ description: 'Id of the last push of the previous page.' }),
  size: pageSize.meta({ description: 'Number of pushes in the answer, at most 100.' }),
})
