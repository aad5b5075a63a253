import type { OnFault } from '@carillon/contract'
import type { ServerMessage } from '@carillon/contract/session-messages'
import { MEMBER } from './member-format.ts'

export function frame(message: ServerMessage): string {
  return JSON.stringify(message)
}

/** What all in a session hear when a member comes or goes. */
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
