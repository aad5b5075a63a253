import type { SocketSide } from '@carillon/contract'
import type { ChannelsParts } from '../parts.ts'

/** Bytes; a client event's data is within the app's own limit. */
const LONGEST_MESSAGE = 256 * 1024

export function socketSide(_: ChannelsParts): SocketSide {
  return {
    paths: ['/app'],
    longestMessage: LONGEST_MESSAGE,
    admit: () => ({ refuse: { status: 501, reason: 'not yet' } }),
  }
}
