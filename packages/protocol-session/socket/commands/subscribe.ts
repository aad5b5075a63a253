import * as z from 'zod'
import { publisherOf } from '../../room/member.ts'
import { Refusal } from '@carillon/request'
import { type Asking, command, id } from '../command.ts'

const fields = z.object({ streamId: id })

/** Asks the publisher of a stream to offer a call. */
export const subscribe = command({
  fields,
  needs: 'subscribe',
  rate: 'others',
  async run(asking, { streamId }) {
    const { subscriptions } = asking.connection
    subscriptions.add(streamId)
    if (await tellPublisher(asking, 'subscribe', streamId)) return
    subscriptions.delete(streamId)
    throw new Refusal(404, 'There is no stream with this streamId.')
  },
})

/** Also of a stream that has ended meanwhile. */
export const unsubscribe = command({
  fields,
  needs: 'subscribe',
  rate: 'others',
  async run(asking, { streamId }) {
    asking.connection.subscriptions.delete(streamId)
    await tellPublisher(asking, 'unsubscribe', streamId)
  },
})

function tellPublisher({ connection }: Asking, type: 'subscribe' | 'unsubscribe', streamId: string): Promise<boolean> {
  const { parts, place, id: from } = connection
  return parts.rooms.order(place, publisherOf(streamId), { type: 'relay', from, relay: { type, streamId } })
}
