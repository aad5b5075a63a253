import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** What Node has of a TCP connection and does not document; none once it is closed, no `fd` but -1 on Windows. */
interface WithHandle {
  readonly _handle?: Handle | null
}

interface Handle {
  readonly fd?: number
}

/**
 * Writes to the kernel what it takes at once, past the socket's stream, which would cost as much again as all else that
 * a message costs here. The rest goes through the stream, as does all while something waits in it: so order holds. Where
 * a socket does not say its descriptor, and with TLS, the stream has it all; what is wrong with a socket, it tells.
 */
export class PromptSocket {
  readonly #socket: Duplex & WithHandle
  /** While the socket has it, the descriptor is its own; afterwards the number may be another's. */
  readonly #handle: Handle | undefined
  /** Asked for once: Node looks for it in native code. */
  readonly #fd: number

  constructor(socket: Duplex & WithHandle) {
    // oxlint-disable-next-line no-underscore-dangle -- Node's own name
    const { fd = -1 } = (socket instanceof TLSSocket ? null : socket._handle) ?? {}
    this.#socket = socket
    // oxlint-disable-next-line no-underscore-dangle -- as above
    this.#handle = fd < 0 ? undefined : socket._handle!
    this.#fd = fd
  }

  /** Bytes that wait in the stream. */
  get waiting(): number {
    return this.#socket.writableLength
  }

  write(bytes: Uint8Array): void {
    const taken = this.#takenAtOnce(bytes)
    if (taken === 0) this.#socket.write(bytes)
    else if (taken < bytes.length) this.#socket.write(bytes.subarray(taken))
  }

  /** Calls back once for `ms` nothing has come in, nor has the peer read anything of what waits. */
  onceIdle(ms: number, call: () => void): void {
    if (this.#socket instanceof Socket) this.#socket.setTimeout(ms, call)
  }

  /** Calls back when the peer sends no more. */
  onEnd(call: () => void): void {
    this.#socket.once('end', call)
  }

  #takenAtOnce(bytes: Uint8Array): number {
    const socket = this.#socket
    // oxlint-disable-next-line no-underscore-dangle -- as above
    if (!this.#handle || socket._handle !== this.#handle || socket.writableLength > 0 || socket.writableEnded) return 0
    try {
      return writeSync(this.#fd, bytes)
    } catch {
      return 0 // mostly EAGAIN: full
    }
  }
}
