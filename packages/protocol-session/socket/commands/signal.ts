import * as z from 'zod'
import { Refusal } from '@carillon/request'
import { bytes, command, id } from '../command.ts'

const LONGEST_TYPE = 128
const LONGEST_DATA = 8192

/** To one connection, or to all, whoever signals among them. */
export const signal = command({
  fields: z.object({
    to: id.optional(),
    signal: z.object({ type: bytes(LONGEST_TYPE).default(''), data: bytes(LONGEST_DATA).default('') }),
  }),
  needs: 'signal',
  rate: 'signals',
  async run({ client }, fields) {
    const { parts, place } = client
    if (await parts.rooms.signalFrom(place, client.id, fields.signal, fields.to)) return
    throw new Refusal(404, 'No connection of this session has the id in to.')
  },
})
