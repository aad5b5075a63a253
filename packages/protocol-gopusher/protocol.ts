import type { Protocol } from '@carillon/contract'
import { Gatekeeper } from './accounts/gatekeeper.ts'
import { Passwords } from './accounts/passwords.ts'
import { Audiences } from './audience/audiences.ts'
import { httpHandler } from './http/http-handler.ts'
import type { GopusherOptions, GopusherParts } from './parts.ts'
import { socketHandler } from './socket/socket-handler.ts'

/** GoPusher: apps with an account each, whose clients get what is pushed to their user_tag. */
export function gopusherProtocol(options: GopusherOptions): Protocol {
  const passwords = new Passwords()
  const gatekeeper = new Gatekeeper({ apps: options.apps, admin: options.admin, passwords })
  const parts: GopusherParts = { ...options, passwords, gatekeeper, audiences: new Audiences(options.hub.requestReply) }
  return { name: 'gopusher', http: httpHandler(parts), sockets: socketHandler(parts), stop: () => passwords.stop() }
}
