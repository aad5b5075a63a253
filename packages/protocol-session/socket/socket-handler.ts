import {
  type Admission,
  type App,
  errorCode,
  type Handshake,
  mayConnectFrom,
  type SocketHandler,
} from '@carillon/contract'
import { Refusal } from '@carillon/request'
import { keyOfSession } from '../session-id.ts'
import type { Grant } from '../token/grant.ts'
import { verifyToken } from '../token/verify.ts'
import type { SessionSocketParts } from './client.ts'
import { Connection } from './connection.ts'
import { type Ending, endings } from './ending.ts'

/** Bytes: the longest description of a call, and what stands around it. */
const LONGEST_MESSAGE = 64 * 1024

interface Asked {
  sessionId: string
  token: string
}

interface Admitted {
  app: App
  grant: Grant
}

/** Joining a session. A client hears why it is not let in by a close code, which a refused upgrade could not carry. */
export function socketHandler(parts: SessionSocketParts): SocketHandler {
  return {
    paths: ['/session'],
    longestMessage: LONGEST_MESSAGE,
    async admit(handshake) {
      const admitted = await admit(parts, handshake)
      return 'code' in admitted ? end(admitted) : { open: (client) => Connection.open(parts, admitted, client) }
    },
  }
}

async function admit(parts: SessionSocketParts, { target, secure, origin }: Handshake): Promise<Admitted | Ending> {
  const asked = readTarget(target)
  if (!asked) return endings.badPath
  try {
    const app = await parts.apps.byKey(keyOfSession(asked.sessionId) ?? '')
    if (!app) return endings.noSession
    if (!app.enabled) return endings.disabledApp
    if (app.settings.tlsOnly && !secure) return endings.tlsOnly
    if (!mayConnectFrom(app, origin)) return endings.badOrigin
    return await enter(parts, app, asked)
  } catch (error) {
    parts.log.error({ code: errorCode(error) }, 'a session could not be looked up')
    return endings.outOfReach
  }
}

async function enter(
  { sessions }: SessionSocketParts,
  app: App,
  { sessionId, token }: Asked,
): Promise<Admitted | Ending> {
  const grant = await verifyToken(app, token, Math.floor(Date.now() / 1000))
  if (grant instanceof Refusal) return endings.refused(grant.message)
  if (grant.sessionId !== sessionId) return endings.refused('This token is for another session.')
  return (await sessions.find(app.id, sessionId)) ? { app, grant } : endings.noSession
}

/** Reads `/session/{sessionId}?token=…`; undefined when it is anything else. */
function readTarget(target: string): Asked | undefined {
  const [, sessionId, query] = /^\/session\/([\w-]+)\?(.*)$/s.exec(target) ?? []
  const token = new URLSearchParams(query).get('token')
  return sessionId !== undefined && token ? { sessionId, token } : undefined
}

function end({ code, reason }: Ending): Admission {
  return {
    open(client) {
      client.close(code, reason)
      return { message() {}, closed() {} }
    },
  }
}
