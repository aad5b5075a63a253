import { type Admission, type App, errorCode, type Handshake, type SocketHandler } from '@carillon/contract'
import { appForClient } from '@carillon/hub'
import { Refusal } from '@carillon/http'
import { keyOfSession } from '../session-id.ts'
import type { SessionGrant } from '../token.ts'
import { verifyToken } from '../token.ts'
import type { SessionSocketDeps } from './client.ts'
import { Connection } from './connection.ts'
import { type SessionEnding, endings } from './endings.ts'

/** Bytes: the longest description of a call, and the message around it. */
const LONGEST_MESSAGE = 64 * 1024

interface SessionTarget {
  sessionId: string
  token: string
}

interface SessionAdmission {
  app: App
  grant: SessionGrant
}

/** Joins clients to sessions. A refused client gets a close code with the reason, which a refused upgrade cannot carry. */
export function socketHandler(deps: SessionSocketDeps): SocketHandler {
  return {
    paths: ['/session'],
    longestMessage: LONGEST_MESSAGE,
    async admit(handshake) {
      const admitted = await admit(deps, handshake)
      return 'code' in admitted ? end(admitted) : { open: (client) => Connection.open(deps, admitted, client) }
    },
  }
}

async function admit(deps: SessionSocketDeps, handshake: Handshake): Promise<SessionAdmission | SessionEnding> {
  const asked = readTarget(handshake.target)
  if (!asked) return endings.badPath
  try {
    const app = await appForClient(deps.apps, keyOfSession(asked.sessionId) ?? '', handshake)
    if (typeof app === 'string') return app === 'unknownApp' ? endings.noSession : endings[app]
    return await enter(deps, app, asked)
  } catch (error) {
    deps.log.error({ code: errorCode(error) }, 'a session could not be read')
    return endings.outOfReach
  }
}

async function enter(
  { sessions }: SessionSocketDeps,
  app: App,
  { sessionId, token }: SessionTarget,
): Promise<SessionAdmission | SessionEnding> {
  const grant = await verifyToken(app, token, Math.floor(Date.now() / 1000))
  if (grant instanceof Refusal) return endings.refused(grant.message)
  if (grant.sessionId !== sessionId) return endings.refused('This token is for another session.')
  return (await sessions.find(app.id, sessionId)) ? { app, grant } : endings.noSession
}

/** Reads `/session/{sessionId}?token=…`; undefined when it is anything else. */
function readTarget(target: string): SessionTarget | undefined {
  const [, sessionId, query] = /^\/session\/([\w-]+)\?(.*)$/s.exec(target) ?? []
  const token = new URLSearchParams(query).get('token')
  return sessionId !== undefined && token ? { sessionId, token } : undefined
}

function end({ code, reason }: SessionEnding): Admission {
  return {
    open(client) {
      client.close(code, reason)
      return { message() {}, closed() {} }
    },
  }
}
