import { messageFormat, type OnFault } from '@carillon/contract'
import type { ServerMessage, SessionConnection, SessionStream, StreamState } from '@carillon/contract/session-messages'
import type { Members } from '@carillon/hub'
import * as z from 'zod'

/**
 * A member of the roster's group of a session. It describes itself completely, so that a process that is notified of
 * its end knows what it was, even if the process that held it was killed.
 */
export type RoomMember =
  | { kind: 'connection'; connection: SessionConnection }
  | { kind: 'stream'; stream: SessionStream; connection: SessionConnection }
  /** The latest one of a stream counts. */
  | { kind: 'state'; streamId: string; step: number; state: StreamState }

const CONNECTION: z.ZodType<SessionConnection> = z.object({
  id: z.string(),
  data: z.string(),
  role: z.enum(['subscriber', 'publisher', 'publisheronly', 'moderator']),
  createdAt: z.number(),
})
const STATE = z.object({ layoutClassList: z.array(z.string()), hasAudio: z.boolean(), hasVideo: z.boolean() })
const STREAM: z.ZodType<SessionStream> = STATE.extend({
  id: z.string(),
  connectionId: z.string(),
  videoType: z.enum(['camera', 'screen', 'custom']),
  name: z.string(),
  createdAt: z.number(),
})

export const MEMBER = messageFormat<RoomMember>(
  'session member',
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('connection'), connection: CONNECTION }),
    z.object({ kind: z.literal('stream'), stream: STREAM, connection: CONNECTION }),
    z.object({ kind: z.literal('state'), streamId: z.string(), step: z.number(), state: STATE }),
  ]),
)

export interface Present {
  connections: SessionConnection[]
  streams: SessionStream[]
}

/** The connections and streams among the members that can be read, oldest first. */
export function present(members: Members, onFault: OnFault): Present {
  const all = [...members.keys()].flatMap((text) => MEMBER.tryRead(text, onFault) ?? [])
  const states = latestStates(all)
  const streams = all.flatMap((one) => (one.kind === 'stream' ? [{ ...one.stream, ...states.get(one.stream.id) }] : []))
  const connections = all.flatMap((one) => (one.kind === 'connection' ? [one.connection] : []))
  return { connections: connections.toSorted(byTime), streams: streams.toSorted(byTime) }
}

/** A stream's id begins with the id of its connection. */
export function streamIdOf(connection: string, n: number): string {
  return `${connection}-${n}`
}

export function publisherOf(streamId: string): string {
  return streamId.slice(0, streamId.lastIndexOf('-'))
}

function latestStates(members: readonly RoomMember[]): Map<string, StreamState> {
  const latest = new Map<string, { step: number; state: StreamState }>()
  for (const member of members) {
    if (member.kind !== 'state' || (latest.get(member.streamId)?.step ?? 0) > member.step) continue
    latest.set(member.streamId, member)
  }
  return new Map([...latest].map(([id, { state }]) => [id, state]))
}

function byTime(one: { createdAt: number; id: string }, other: { createdAt: number; id: string }): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1)
}

export function frame(message: ServerMessage): string {
  return JSON.stringify(message)
}

/** What everyone in a session receives when a member comes or goes. */
export function memberFrame({ member, here }: { member: string; here: boolean }, onFault: OnFault): string | undefined {
  const one = MEMBER.tryRead(member, onFault)
  if (!one) return undefined
  if (one.kind === 'connection') {
    return frame({ type: here ? 'connectionCreated' : 'connectionDestroyed', connection: one.connection })
  }
  if (one.kind === 'stream') return frame({ type: here ? 'streamCreated' : 'streamDestroyed', stream: one.stream })
  return here ? frame({ type: 'streamChanged', streamId: one.streamId, ...one.state }) : undefined
}

/** Whether a text looks like one, without the cost of reading it. */
export function isFrame(text: string): boolean {
  return text.startsWith('{') && text.endsWith('}')
}
