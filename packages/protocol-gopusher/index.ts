import type { Protocol } from '@carillon/contract'
import { Gatekeeper } from './accounts/gatekeeper.ts'
import { Passwords } from './accounts/passwords.ts'
import { Audiences } from './audience/audience.ts'
import type { GopusherDeps, GopusherOptions } from './deps.ts'
import { httpHandler } from './http/api.ts'
import { socketHandler } from './socket/socket-handler.ts'

export type { GopusherOptions }

/** GoPusher: apps with an account each, whose clients get what is pushed to their user_tag. */
export function gopusherProtocol(options: GopusherOptions): Protocol {
  const passwords = new Passwords()
  const gatekeeper = new Gatekeeper({ apps: options.apps, admin: options.admin, passwords })
  const deps: GopusherDeps = { ...options, passwords, gatekeeper, audiences: new Audiences(options.hub.requestReply) }
  return { name: 'gopusher', http: httpHandler(deps), sockets: socketHandler(deps), stop: () => passwords.stop() }
}
