import { connect } from 'node:net'

export interface Line {
  write(bytes: Uint8Array | string): void
  end(): void
}

export interface Ear {
  opened(line: Line): void
  /** Bytes that may be used again after the call. */
  heard(bytes: Buffer): void
}

/** What this needs of Bun's own types. */
interface BunConnect {
  connect(options: {
    hostname: string
    port: number
    socket: { open(line: Line): void; data(line: Line, bytes: Buffer): void; error(): void }
  }): Promise<unknown>
}

/** A TCP connection to this machine, at the least cost that the runtime has: Bun's own costs less than Node's. */
export function dial(port: number, ear: Ear): void {
  const { Bun } = globalThis as { Bun?: BunConnect }
  if (Bun) void Bun.connect({ hostname: '127.0.0.1', port, socket: bunHandlers(ear) })
  else dialNode(port, ear)
}

function bunHandlers(ear: Ear) {
  return { open: ear.opened, data: (_: Line, bytes: Buffer) => ear.heard(bytes), error() {} }
}

/** All connections read into the same bytes, one after another. */
const incoming = Buffer.alloc(1024 * 1024)

function dialNode(port: number, ear: Ear): void {
  const callback = (length: number) => {
    ear.heard(incoming.subarray(0, length))
    return true
  }
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: incoming, callback } })
  socket.on('error', () => {})
  socket.once('connect', () => ear.opened(socket))
}
