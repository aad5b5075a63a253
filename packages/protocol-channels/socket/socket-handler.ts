import {
  type Admission,
  type App,
  errorCode,
  type Handshake,
  mayConnectFrom,
  type SocketHandler,
} from '@carillon/contract'
import type { ChannelsSocketParts } from './client.ts'
import { Connection } from './connection.ts'
import { type Ending, endings, endConnection } from './ending.ts'

/** Bytes; a client event's data is within the app's own limit. */
const LONGEST_MESSAGE = 256 * 1024

/** Protocol versions that differ in nothing a server does. */
const SPOKEN = new Set(['5', '6', '7'])
const PATH = /^\/app\/([^/]+)$/

/** Protocol 7. A client hears why it is not let in by a close code, which a refused upgrade could not carry. */
export function socketHandler(parts: ChannelsSocketParts): SocketHandler {
  return {
    paths: ['/app'],
    longestMessage: LONGEST_MESSAGE,
    async admit(handshake) {
      const app = await appFor(parts, handshake)
      return 'code' in app ? end(app) : { open: (client) => Connection.open(parts, app, client) }
    },
  }
}

async function appFor({ apps, log }: ChannelsSocketParts, handshake: Handshake): Promise<App | Ending> {
  const asked = readTarget(handshake.target)
  if ('code' in asked) return asked
  try {
    return mayConnect(await apps.byKey(asked.key), handshake)
  } catch (error) {
    log.error({ code: errorCode(error) }, 'an app could not be looked up')
    return endings.outOfReach
  }
}

function mayConnect(app: App | null, { secure, origin }: Handshake): App | Ending {
  if (!app) return endings.unknownApp
  if (!app.enabled) return endings.disabledApp
  if (app.settings.tlsOnly && !secure) return endings.tlsOnly
  return mayConnectFrom(app, origin) ? app : endings.badOrigin
}

/** Reads `/app/{key}?protocol=7&…`; other parameters only describe the client. */
function readTarget(target: string): { key: string } | Ending {
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(target) ?? []
  const key = PATH.exec(path)?.[1]
  if (key === undefined) return endings.badPath
  const version = new URLSearchParams(query).get('protocol')
  if (!version) return endings.noVersion
  if (!/^\d+$/.test(version)) return endings.badVersion
  return SPOKEN.has(version) ? { key: decoded(key) } : endings.unsupportedVersion
}

/** What is no encoding is the key of no app. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return ''
  }
}

function end(ending: Ending): Admission {
  return {
    open(client) {
      endConnection(client, ending)
      return { message() {}, closed() {} }
    },
  }
}
