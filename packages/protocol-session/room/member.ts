import type { SessionConnection, SessionStream, StreamState } from '@carillon/contract/session-messages'
import type { Members } from '@carillon/hub'

/**
 * What stands in the roster's group of a session. Each says all there is to say of itself, so that whoever hears of
 * its end knows who it was, also where the process that held it was killed.
 */
export type Member =
  | { kind: 'connection'; connection: SessionConnection }
  | { kind: 'stream'; stream: SessionStream; connection: SessionConnection }
  /** The latest one of a stream counts. */
  | { kind: 'state'; streamId: string; step: number; state: StreamState }

export interface Present {
  connections: SessionConnection[]
  streams: SessionStream[]
}

export function memberText(member: Member): string {
  return JSON.stringify(member)
}

export function readMember(text: string): Member {
  return JSON.parse(text) as Member
}

/** Who is there, in the order of their coming. */
export function present(members: Members): Present {
  const all = [...members.keys()].map(readMember)
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
