import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A load balancer as plain as can be: connections go to the ports in turn, or to the next that takes them. */
export async function balancer(ports: readonly number[]): Promise<{ port: number }> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
  }
  let turn = 0
  const server = createServer((client) => {
    keep(client)
    const inTurn = ports.map((_, index) => ports[(turn + index) % ports.length]!)
    turn += 1
    forward(client, inTurn, keep)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port }
}

function forward(client: Socket, [port, ...others]: readonly number[], keep: (socket: Socket) => void): void {
  if (port === undefined) return void client.destroy()
  const upstream = connect(port, '127.0.0.1')
  const next = () => forward(client, others, keep)
  upstream.once('error', next)
  upstream.once('connect', () => {
    upstream.off('error', next)
    keep(upstream)
    client.pipe(upstream).pipe(client)
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
  })
}
