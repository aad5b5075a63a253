import type { App, SessionCallbackGroup } from '@carillon/contract'
import type { SessionConnection, SessionStream } from '@carillon/contract/session-messages'
import type { SessionEvent } from '../room/room.ts'

/** What those are posted who asked for it. */
export interface Happening {
  app: number
  group: SessionCallbackGroup
  event: string
  body(app: App): object
}

/** Of what happened in a session; undefined for what nobody can ask for. */
export function happeningOf(event: SessionEvent): Happening | undefined {
  switch (event.type) {
    case 'connectionCreated':
      return happening(event, 'connection', 'created', { connection: connectionJson(event.connection) })
    case 'connectionDestroyed':
      return happening(event, 'connection', 'destroyed', {
        reason: event.reason,
        connection: connectionJson(event.connection),
      })
    case 'streamCreated':
      return happening(event, 'stream', 'created', { stream: streamJson(event) })
    case 'streamDestroyed':
      return happening(event, 'stream', 'destroyed', { reason: event.reason, stream: streamJson(event) })
    case 'signal':
    case 'muteForced':
      return undefined
  }
}

function happening(of: SessionEvent, group: SessionCallbackGroup, event: string, what: object): Happening {
  const { app, session: sessionId, type, at: timestamp } = of
  return { app, group, event, body: ({ key }) => ({ sessionId, projectId: key, event: type, timestamp, ...what }) }
}

function connectionJson({ id, createdAt, data }: SessionConnection): object {
  return { id, createdAt, data }
}

function streamJson({ stream, connection }: { stream: SessionStream; connection: SessionConnection }): object {
  const { id, createdAt, name, videoType } = stream
  return { id, connection: connectionJson(connection), createdAt, name, videoType }
}
