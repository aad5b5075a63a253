import type { ChannelsParts } from '../parts.ts'
import { publish } from '../publish.ts'
import { textOf } from '@carillon/request'
import type { Call } from './call.ts'
import { eventData, eventName, publishedChannel, socketId } from './event-fields.ts'

/** `POST /channels/{channel}/events?name=`: how old SDKs trigger. The body is the event's data as it is. */
export async function channelEvents(parts: ChannelsParts, { app, subject, query, body }: Call): Promise<object> {
  await publish(parts, {
    app: app.id,
    channel: publishedChannel(subject, app),
    event: eventName(query.get('name')),
    data: eventData(textOf(body), app),
    except: socketId(query.get('socket_id')),
  })
  return {}
}
