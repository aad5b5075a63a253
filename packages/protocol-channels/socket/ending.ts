import type { ClientConnection } from '@carillon/contract'
import { errorEvent } from '../events.ts'

/** Why a connection ends: a code that official clients act on, and a sentence. */
export interface Ending {
  code: number
  reason: string
}

/** 4000: connect again, with TLS; to 4099: never again; to 4199: in a second; to 4299: at once. */
export const endings = {
  tlsOnly: { code: 4000, reason: 'This app takes connections over TLS only.' },
  unknownApp: { code: 4001, reason: 'No app has this key.' },
  disabledApp: { code: 4003, reason: 'This app is disabled.' },
  overQuota: { code: 4004, reason: 'This app has as many connections as it may have.' },
  badPath: { code: 4005, reason: 'Connect to /app/ and the key of an app.' },
  badVersion: { code: 4006, reason: 'The protocol must be a whole number.' },
  unsupportedVersion: { code: 4007, reason: 'Protocols 5, 6 and 7 are spoken here.' },
  noVersion: { code: 4008, reason: 'Say which protocol you speak: ?protocol=7' },
  notAuthorized: { code: 4009, reason: 'The user could not be signed in.' },
  neverAuthorized: { code: 4009, reason: 'The connection was not authorized in time.' },
  badOrigin: { code: 4009, reason: 'Pages of this origin may not connect to this app.' },
  terminated: { code: 4009, reason: 'The application ended the connections of this user.' },
  tooFast: { code: 4100, reason: 'Too many messages wait to be handled; connect again.' },
  outOfReach: { code: 4100, reason: 'Something this server needs cannot be reached; connect again.' },
} as const satisfies Record<string, Ending>

/** Codes of ends that are final. A client whose own code hears of errors, and not of closes, is told of these. */
const FINAL_BELOW = 4100

/** Ends a connection, with an error event first where the end is final, as Pusher does. */
export function endConnection(client: ClientConnection, { code, reason }: Ending, message = reason): void {
  if (code < FINAL_BELOW) client.send(errorEvent(code, message))
  client.close(code, reason)
}
