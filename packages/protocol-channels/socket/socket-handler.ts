import { type Admission, type App, errorCode, type Handshake, type SocketHandler } from '@carillon/contract'
import { appForClient } from '@carillon/hub'
import type { ChannelsSocketDeps } from './client.ts'
import { ChannelsConnection } from './connection.ts'
import { type CloseReason, closeReasons, closeConnection } from './client.ts'

/** Bytes; a client event's data is within the app's own limit. */
const LONGEST_MESSAGE = 256 * 1024

/** Protocol versions that differ in nothing a server does. */
const SPOKEN = new Set(['5', '6', '7'])
const PATH = /^\/app\/([^/]+)$/

/** Protocol 7. A client hears why it is not let in by a close code, which a refused upgrade could not carry. */
export function socketHandler(deps: ChannelsSocketDeps): SocketHandler {
  return {
    paths: ['/app'],
    longestMessage: LONGEST_MESSAGE,
    async admit(handshake) {
      const app = await appFor(deps, handshake)
      return 'code' in app ? end(app) : { open: (client) => ChannelsConnection.open(deps, app, client) }
    },
  }
}

async function appFor({ apps, log }: ChannelsSocketDeps, handshake: Handshake): Promise<App | CloseReason> {
  const asked = readTarget(handshake.target)
  if ('code' in asked) return asked
  try {
    const app = await appForClient(apps, asked.key, handshake)
    return typeof app === 'string' ? closeReasons[app] : app
  } catch (error) {
    log.error({ code: errorCode(error) }, 'an app could not be read')
    return closeReasons.outOfReach
  }
}

/** Reads `/app/{key}?protocol=7&…`; other parameters only describe the client. */
function readTarget(target: string): { key: string } | CloseReason {
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(target) ?? []
  const key = PATH.exec(path)?.[1]
  if (key === undefined) return closeReasons.badPath
  const version = new URLSearchParams(query).get('protocol')
  if (!version) return closeReasons.noVersion
  if (!/^\d+$/.test(version)) return closeReasons.badVersion
  return SPOKEN.has(version) ? { key: decoded(key) } : closeReasons.unsupportedVersion
}

/** A malformed encoding is not the key of any app. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return ''
  }
}

function end(ending: CloseReason): Admission {
  return {
    open(client) {
      closeConnection(client, ending)
      return { message() {}, closed() {} }
    },
  }
}
