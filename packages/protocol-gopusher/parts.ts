import type { GopusherApps, Logger, Outbound } from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import type { Gatekeeper } from './accounts/gatekeeper.ts'
import type { Passwords } from './accounts/passwords.ts'
import type { Audiences } from './audience/audiences.ts'

export interface GopusherOptions {
  hub: Hub
  apps: GopusherApps
  /** May call all; absent: only apps' own accounts may call anything. */
  admin?: Admin | undefined
  /** Asks connect_hooks. */
  outbound: Outbound
  log: Logger
}

export interface Admin {
  account: string
  password: string
}

/** Dependencies that all handlers of the protocol share. */
export interface GopusherParts extends GopusherOptions {
  audiences: Audiences
  passwords: Passwords
  gatekeeper: Gatekeeper
}
