import { type Admission, type Handshake, mayConnectFrom, type SocketHandler } from '@carillon/contract'
import { existing } from '../accounts/gatekeeper.ts'
import type { GopusherParts } from '../parts.ts'
import { Refusal } from '@carillon/request'
import { askConnectHook } from './connect-hook.ts'
import { Connection } from './connection.ts'
import { readTarget } from './target.ts'

/** Bytes; clients have nothing to say. */
const LONGEST_MESSAGE = 64 * 1024

export function socketHandler(parts: GopusherParts): SocketHandler {
  return {
    paths: ['/ws'],
    longestMessage: LONGEST_MESSAGE,
    admit: (handshake) => admit(parts, handshake).catch(refused),
  }
}

async function admit(parts: GopusherParts, { target, origin }: Handshake): Promise<Admission> {
  const { key, userTag, token } = readTarget(target)
  const { app } = existing(await parts.apps.byKey(key))
  if (!mayConnectFrom(app, origin)) throw new Refusal(403, 'Pages of this origin may not connect to this app.')
  const { connectHook } = app.settings
  if (connectHook !== undefined) await askConnectHook(parts.outbound, connectHook, token, userTag)
  return { open: (client) => Connection.open(parts, { app, userTag, client }) }
}

function refused(error: unknown): Admission {
  if (error instanceof Refusal) return { refuse: { status: error.status, reason: error.message } }
  throw error
}
