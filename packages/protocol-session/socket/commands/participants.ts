import { Refusal } from '@carillon/http'
import * as z from 'zod'
import { bytes, command, id } from '../client.ts'

const LONGEST_TYPE = 128
const LONGEST_DATA = 8192

/** Sends a signal to one connection, or to all, including the sender. */
export const signal = command({
  fields: z.object({
    to: id.optional(),
    signal: z.object({ type: bytes(LONGEST_TYPE).default(''), data: bytes(LONGEST_DATA).default('') }),
  }),
  needs: 'signal',
  rate: 'signals',
  async run({ client }, fields) {
    const { deps, room } = client
    if (await deps.rooms.signalFrom(room, client.id, fields.signal, fields.to)) return
    throw new Refusal(404, 'No connection of this session has the id in to.')
  },
})

export const forceDisconnect = command({
  fields: z.object({ connectionId: id }),
  needs: 'moderate',
  rate: 'others',
  async run({ client: { deps, room } }, { connectionId }) {
    if (await deps.rooms.disconnect(room.app, room.session, connectionId)) return
    throw new Refusal(404, 'No connection of this session has this connectionId.')
  },
})

export const forceUnpublish = command({
  fields: z.object({ streamId: id }),
  needs: 'moderate',
  rate: 'others',
  async run({ client: { deps, room } }, { streamId }) {
    if (!(await deps.rooms.unpublish(room, streamId))) throw noStream()
  },
})

/** One stream; or, with `active`, all of them but some. */
export const mute = command({
  fields: z.union([
    z.object({ streamId: id }),
    z.object({ active: z.boolean(), excludedStreamIds: z.array(id).max(1000).default([]) }),
  ]),
  needs: 'moderate',
  rate: 'others',
  async run({ client: { deps, room } }, which) {
    const { app, session } = room
    if ('active' in which) await deps.rooms.muteAll(app, session, which.active, which.excludedStreamIds)
    else if (!(await deps.rooms.mute(app, session, which.streamId))) throw noStream()
  },
})

function noStream(): Refusal {
  return new Refusal(404, 'No stream of this session has this streamId.')
}
