import type { Relay, ServerMessage } from '@carillon/contract/session-messages'
import type { Order } from '../room/order.ts'
import type { Stay } from '../room/stay.ts'
import type { Connection } from './connection.ts'
import { endings } from './ending.ts'

/** Does what was asked of a connection. @returns false when it cannot */
export function obey(connection: Connection, stay: Stay, order: Order): boolean | Promise<boolean> {
  switch (order.type) {
    case 'signal':
      return told(connection, order)
    case 'relay':
      return takes(connection, stay, order.relay) && told(connection, { ...order.relay, from: order.from })
    case 'mute':
      return stay.publishes(order.streamId) && told(connection, { type: 'muteForced', streamId: order.streamId })
    case 'layout':
      return stay.change(order.streamId, { layoutClassList: order.layoutClassList })
    case 'record':
      return stay.publishes(order.stream.id) && connection.parts.recordings.begin(connection, order)
    case 'endRecording':
      return connection.parts.recordings.end(order)
    case 'unpublish':
      return endStream(connection, stay, order.streamId)
    case 'disconnect':
      connection.send({ type: 'forceDisconnected' })
      connection.close(endings.forced, 'forceDisconnected')
      return true
  }
}

function told(connection: Connection, message: ServerMessage): true {
  connection.send(message)
  return true
}

/** A call is offered to whom has asked for it, and answered to whom has offered it. */
function takes({ subscriptions }: Connection, stay: Stay, { type, streamId }: Relay): boolean {
  if (type === 'offer') return subscriptions.has(streamId)
  return stay.publishes(streamId) || (type === 'candidate' && subscriptions.has(streamId))
}

async function endStream(connection: Connection, stay: Stay, streamId: string): Promise<boolean> {
  const ended = await stay.unpublish(streamId, 'forceUnpublished')
  if (ended) connection.send({ type: 'forceUnpublished', streamId })
  return ended
}
