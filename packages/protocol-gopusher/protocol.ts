import type { Protocol } from '@carillon/contract'
import { Gatekeeper } from './accounts/gatekeeper.ts'
import { Passwords } from './accounts/passwords.ts'
import { Audiences } from './audience/audiences.ts'
import { httpSide } from './http/http-side.ts'
import type { GopusherOptions, GopusherParts } from './parts.ts'
import { socketSide } from './socket/socket-side.ts'

/** GoPusher: apps with an account each, whose clients get what is pushed to their user_tag. */
export function gopusherProtocol(options: GopusherOptions): Protocol {
  const passwords = new Passwords()
  const gatekeeper = new Gatekeeper({ apps: options.apps, admin: options.admin, passwords })
  const parts: GopusherParts = { ...options, passwords, gatekeeper, audiences: new Audiences(options.hub.asker) }
  return { name: 'gopusher', http: httpSide(parts), sockets: socketSide(parts), stop: () => passwords.stop() }
}
