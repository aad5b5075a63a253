import type { Relay, ServerMessage } from '@carillon/contract/session-messages'
import type { Order } from '../room/order.ts'
import type { Participant } from '../room/participant.ts'
import type { SessionClient } from './client.ts'
import { endings } from './endings.ts'

/** Carries out an order for a client. @returns false when it cannot */
export function obey(client: SessionClient, participant: Participant, order: Order): boolean | Promise<boolean> {
  switch (order.type) {
    case 'signal':
      return told(client, order)
    case 'relay':
      return takes(client, participant, order.relay) && told(client, { ...order.relay, from: order.from })
    case 'mute':
      return participant.publishes(order.streamId) && told(client, { type: 'muteForced', streamId: order.streamId })
    case 'layout':
      return participant.change(order.streamId, { layoutClassList: order.layoutClassList })
    case 'record':
      return participant.publishes(order.stream.id) && client.deps.recordings.begin(client, order)
    case 'endRecording':
      return client.deps.recordings.end(order)
    case 'unpublish':
      return endStream(client, participant, order.streamId)
    case 'disconnect':
      client.send({ type: 'forceDisconnected' })
      client.close(endings.forced, 'forceDisconnected')
      return true
  }
}

function told(client: SessionClient, message: ServerMessage): true {
  client.send(message)
  return true
}

/** A call is offered only to a connection that asked for it, and answered only to one that offered it. */
function takes({ subscriptions }: SessionClient, participant: Participant, { type, streamId }: Relay): boolean {
  if (type === 'offer') return subscriptions.has(streamId)
  return participant.publishes(streamId) || (type === 'candidate' && subscriptions.has(streamId))
}

async function endStream(client: SessionClient, participant: Participant, streamId: string): Promise<boolean> {
  const ended = await participant.unpublish(streamId, 'forceUnpublished')
  if (ended) client.send({ type: 'forceUnpublished', streamId })
  return ended
}
