import * as z from 'zod'
import { Refusal } from '@carillon/request'
import { command, id } from '../command.ts'

/** Streams of one connection. */
const MOST_STREAMS = 16
const LONGEST_NAME = 200

/**
 * Declares a stream; its media goes to each subscriber by a call of their own. `muted` in the answer: all are to be
 * mute, this one too.
 */
export const publish = command({
  fields: z.object({
    stream: z.object({
      name: z.string().max(LONGEST_NAME).default(''),
      videoType: z.enum(['camera', 'screen', 'custom']).default('camera'),
      hasAudio: z.boolean().default(true),
      hasVideo: z.boolean().default(true),
    }),
  }),
  needs: 'publish',
  rate: 'others',
  async run({ connection, stay }, { stream: fields }) {
    if (stay.published >= MOST_STREAMS) throw new Refusal(429, `A connection may publish ${MOST_STREAMS} streams.`)
    const { parts, place, grant } = connection
    const stream = await stay.publish({ ...fields, layoutClassList: grant.initialLayoutClassList })
    return stream ? { stream, muted: await parts.rooms.mutesNew(place) } : undefined
  },
})

export const unpublish = command({
  fields: z.object({ streamId: id }),
  needs: 'publish',
  rate: 'others',
  async run({ stay }, { streamId }) {
    if (!(await stay.unpublish(streamId, 'clientUnpublished'))) throw notYours()
  },
})

/** Says of a stream what it has now, such as no sound. */
export const change = command({
  fields: z.object({ streamId: id, hasAudio: z.boolean().optional(), hasVideo: z.boolean().optional() }),
  needs: 'publish',
  rate: 'others',
  async run({ stay }, { streamId, hasAudio, hasVideo }) {
    const has = { ...(hasAudio !== undefined && { hasAudio }), ...(hasVideo !== undefined && { hasVideo }) }
    if (!(await stay.change(streamId, has))) throw notYours()
  },
})

function notYours(): Refusal {
  return new Refusal(404, 'You publish no stream with this streamId.')
}
