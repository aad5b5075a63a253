import { type Admission, type App, errorCode, type Handshake, type SocketSide } from '@carillon/contract'
import { Connection } from './connection.ts'
import { type Ending, endings } from './ending.ts'
import type { SocketParts } from './socket-parts.ts'
import { readTarget } from './target.ts'

/** Bytes; a client event's data is within the app's own limit. */
const LONGEST_MESSAGE = 256 * 1024

/** Protocol 7. A client hears why it is not let in by a close code, which a refused upgrade could not carry. */
export function socketSide(parts: SocketParts): SocketSide {
  return {
    paths: ['/app'],
    longestMessage: LONGEST_MESSAGE,
    async admit(handshake) {
      const app = await appFor(parts, handshake)
      return 'code' in app ? end(app) : { open: (wire) => Connection.open(parts, app, wire) }
    },
  }
}

async function appFor({ apps, log }: SocketParts, { target, secure }: Handshake): Promise<App | Ending> {
  const asked = readTarget(target)
  if ('code' in asked) return asked
  try {
    return mayConnect(await apps.byKey(asked.key), secure)
  } catch (error) {
    log.error({ code: errorCode(error) }, 'an app could not be looked up')
    return endings.outOfReach
  }
}

function mayConnect(app: App | null, secure: boolean): App | Ending {
  if (!app) return endings.unknownApp
  if (!app.enabled) return endings.disabledApp
  return app.settings.tlsOnly && !secure ? endings.tlsOnly : app
}

function end({ code, reason }: Ending): Admission {
  return {
    open(wire) {
      wire.close(code, reason)
      return { message() {}, closed() {} }
    },
  }
}
