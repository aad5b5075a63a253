import { readMember } from './member.ts'
import type { ArchiveAnnouncement, SessionConnection, SessionStream, Signal } from './room.ts'

/** What a client hears without having asked. */
export type Heard =
  | { type: 'connectionCreated' | 'connectionDestroyed'; connection: SessionConnection }
  | { type: 'streamCreated' | 'streamDestroyed'; stream: SessionStream }
  | ({ type: 'streamChanged'; streamId: string } & Pick<SessionStream, 'layoutClassList' | 'hasAudio' | 'hasVideo'>)
  /** `from` null: the application. */
  | { type: 'signal'; from: string | null; signal: Signal }
  /** To a stream's publisher alone. */
  | { type: 'muteForced'; streamId: string }
  /** To all. */
  | { type: 'muteForced'; active: boolean; excludedStreamIds: readonly string[] }
  | { type: 'forceUnpublished'; streamId: string }
  | { type: 'forceDisconnected' }
  | ArchiveAnnouncement

export function frame(heard: Heard): string {
  return JSON.stringify(heard)
}

/** What all in a session hear when a member comes or goes. */
export function memberFrame({ member, here }: { member: string; here: boolean }): string | undefined {
  const one = readMember(member)
  if (one.kind === 'connection') {
    return frame({ type: here ? 'connectionCreated' : 'connectionDestroyed', connection: one.connection })
  }
  if (one.kind === 'stream') return frame({ type: here ? 'streamCreated' : 'streamDestroyed', stream: one.stream })
  return here ? frame({ type: 'streamChanged', streamId: one.streamId, ...one.state }) : undefined
}
