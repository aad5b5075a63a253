import type { Socket } from 'engine.io'

/** Packets, and characters of them, that may wait for a client that does not read. */
const MOST_PACKETS = 1000
const MOST_CHARACTERS = 4 * 1024 * 1024

/** What engine.io holds back until the client has read what was sent before. */
interface Waiting {
  writeBuffer: readonly { data?: unknown }[]
}

/** Whether everything has gone as far as the system's own buffers. */
export function hasRead(socket: Socket): boolean {
  return waitingFor(socket).length === 0
}

/** Ends a client for which so much waits that it will hardly read again, at once and whatever it still says. */
export function dropUnlessRead(socket: Socket): void {
  const waiting = waitingFor(socket)
  const characters = waiting.reduce((sum, { data }) => sum + (typeof data === 'string' ? data.length : 0), 0)
  if (waiting.length > MOST_PACKETS || characters > MOST_CHARACTERS)
    socket.transport.emit('error', new Error('The client does not read.'))
}

function waitingFor(socket: Socket): Waiting['writeBuffer'] {
  return (socket as unknown as Waiting).writeBuffer // private by its types alone
}
