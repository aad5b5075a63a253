import { writeSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** What Node has of a TCP connection and does not document; none once it is closed, no `fd` but -1 on Windows. */
interface WithHandle {
  readonly _handle?: { readonly fd?: number } | null
}

/**
 * Writes to the kernel what it takes at once, past the stream, which would cost as much again as all else that a
 * message costs here. The rest goes through the stream, as does all while something waits in it: so order holds. Where a
 * socket does not say its descriptor, and with TLS, the stream has it all; what is wrong with a socket, it tells.
 */
export function writeNow(socket: Duplex, bytes: Uint8Array): void {
  const taken = socket.writableLength === 0 && !socket.writableEnded ? takenAtOnce(descriptor(socket), bytes) : 0
  if (taken === 0) socket.write(bytes)
  else if (taken < bytes.length) socket.write(bytes.subarray(taken))
}

function takenAtOnce(fd: number, bytes: Uint8Array): number {
  if (fd < 0) return 0
  try {
    return writeSync(fd, bytes)
  } catch {
    return 0 // mostly EAGAIN: full
  }
}

/** Asked for each time: once the socket is closed, the number may be another's. */
function descriptor(socket: Duplex): number {
  if (socket instanceof TLSSocket) return -1
  // oxlint-disable-next-line no-underscore-dangle -- Node's own name
  return (socket as Duplex & WithHandle)._handle?.fd ?? -1
}
