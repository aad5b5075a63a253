import { kindOf } from '../channel-name.ts'
import type { ChannelsParts } from '../parts.ts'
import type { Call } from './call.ts'
import { channelName } from './event-fields.ts'
import { malformed } from '@carillon/request'

/** `GET /channels/{channel}/users`: who is on a presence channel. */
export async function users({ namespace }: ChannelsParts, { app, subject }: Call): Promise<object> {
  const name = channelName(subject)
  if (!kindOf(name).isPresence) throw malformed(`Users are known of presence channels only; ${name} is none.`)
  const members = await namespace.members({ app: app.id, name })
  return { users: [...members.keys()].map((id) => ({ id })) }
}
