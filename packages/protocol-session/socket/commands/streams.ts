import * as z from 'zod'
import { Refusal } from '@carillon/http'
import { publisherOf } from '../../room/member.ts'
import { type CommandContext, command, id } from '../client.ts'

/** Streams of one client. */
const MOST_STREAMS = 16
const LONGEST_NAME = 200

const streamFields = z.object({ streamId: id })

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
  async run({ client, participant }, { stream: fields }) {
    if (participant.published >= MOST_STREAMS)
      throw new Refusal(429, `A connection may publish at most ${MOST_STREAMS} streams.`)
    const { deps, room, grant } = client
    const stream = await participant.publish({ ...fields, layoutClassList: grant.initialLayoutClassList })
    return stream ? { stream, muted: await deps.rooms.mutesNew(room) } : undefined
  },
})

export const unpublish = command({
  fields: z.object({ streamId: id }),
  needs: 'publish',
  rate: 'others',
  async run({ participant }, { streamId }) {
    if (!(await participant.unpublish(streamId, 'clientUnpublished'))) throw notYours()
  },
})

/** Says of a stream what it has now, such as no sound. */
export const change = command({
  fields: z.object({ streamId: id, hasAudio: z.boolean().optional(), hasVideo: z.boolean().optional() }),
  needs: 'publish',
  rate: 'others',
  async run({ participant }, { streamId, hasAudio, hasVideo }) {
    const has = { ...(hasAudio !== undefined && { hasAudio }), ...(hasVideo !== undefined && { hasVideo }) }
    if (!(await participant.change(streamId, has))) throw notYours()
  },
})

/** Asks the publisher of a stream to offer a call. */
export const subscribe = command({
  fields: streamFields,
  needs: 'subscribe',
  rate: 'others',
  async run(context, { streamId }) {
    const { subscriptions } = context.client
    subscriptions.add(streamId)
    if (await tellPublisher(context, 'subscribe', streamId)) return
    subscriptions.delete(streamId)
    throw new Refusal(404, 'There is no stream with this streamId.')
  },
})

/** Also of a stream that has ended meanwhile. */
export const unsubscribe = command({
  fields: streamFields,
  needs: 'subscribe',
  rate: 'others',
  async run(context, { streamId }) {
    context.client.subscriptions.delete(streamId)
    await tellPublisher(context, 'unsubscribe', streamId)
  },
})

function notYours(): Refusal {
  return new Refusal(404, 'You publish no stream with this streamId.')
}

function tellPublisher(
  { client }: CommandContext,
  type: 'subscribe' | 'unsubscribe',
  streamId: string,
): Promise<boolean> {
  const { deps, room, id: from } = client
  return deps.rooms.order(room, publisherOf(streamId), { type: 'relay', from, relay: { type, streamId } })
}
