import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** Stands before a server and can swallow what passes, as a broken network does: nothing is ever refused or closed. */
export interface BlackHole {
  /** The server's URL by way of this. */
  url: string
  /** From now on nothing passes, in no connection. */
  swallow(): void
  /** New connections pass; those that were open stay dead. */
  heal(): void
}

export async function blackHole(target: string): Promise<BlackHole> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let swallowing = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    keep(near)
    if (swallowing) return
    const far = keep(connect(Number(port), hostname))
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    swallow() {
      swallowing = true
      for (const socket of sockets) socket.unpipe()
    },
    heal: () => (swallowing = false),
  }
}
