import * as z from 'zod'
import { Refusal } from '@carillon/request'
import { command, id } from '../command.ts'

export const forceDisconnect = command({
  fields: z.object({ connectionId: id }),
  needs: 'moderate',
  rate: 'others',
  async run({ client: { parts, place } }, { connectionId }) {
    if (await parts.rooms.disconnect(place.app, place.session, connectionId)) return
    throw new Refusal(404, 'No connection of this session has this connectionId.')
  },
})

export const forceUnpublish = command({
  fields: z.object({ streamId: id }),
  needs: 'moderate',
  rate: 'others',
  async run({ client: { parts, place } }, { streamId }) {
    if (!(await parts.rooms.unpublish(place, streamId))) throw noStream()
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
  async run({ client: { parts, place } }, which) {
    const { app, session } = place
    if ('active' in which) await parts.rooms.muteAll(app, session, which.active, which.excludedStreamIds)
    else if (!(await parts.rooms.mute(app, session, which.streamId))) throw noStream()
  },
})

function noStream(): Refusal {
  return new Refusal(404, 'No stream of this session has this streamId.')
}
