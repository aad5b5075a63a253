import type { OnFault } from '@carillon/contract'
import type { SessionConnection, SessionStream, StreamState } from '@carillon/contract/session-messages'
import type { Members } from '@carillon/hub'
import { MEMBER, type Member } from './member-format.ts'

export interface Present {
  connections: SessionConnection[]
  streams: SessionStream[]
}

/** Who is there, in the order of their coming, of all who can be read. */
export function present(members: Members, onFault: OnFault): Present {
  const all = [...members.keys()].flatMap((text) => MEMBER.tryRead(text, onFault) ?? [])
  const states = latestStates(all)
  const streams = all.flatMap((one) => (one.kind === 'stream' ? [{ ...one.stream, ...states.get(one.stream.id) }] : []))
  const connections = all.flatMap((one) => (one.kind === 'connection' ? [one.connection] : []))
  return { connections: connections.toSorted(byTime), streams: streams.toSorted(byTime) }
}

/** A stream's id begins with that of its connection, so that the one leads to the other. */
export function streamIdOf(connection: string, n: number): string {
  return `${connection}-${n}`
}

export function publisherOf(streamId: string): string {
  return streamId.slice(0, streamId.lastIndexOf('-'))
}

function latestStates(members: readonly Member[]): Map<string, StreamState> {
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
