import type { ServerMessage } from '@carillon/contract/session-messages'
import { readMember } from './member.ts'

export function frame(message: ServerMessage): string {
  return JSON.stringify(message)
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
