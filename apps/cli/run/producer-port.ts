import { type AddressInfo, createServer, type Socket } from 'node:net'
import { listenOn } from '@carillon/api'
import type { Config } from '@carillon/config'

/** The TCP port of Snapper's producers. */
export interface ProducerPort {
  port: number
  /** Until then whoever comes is sent away: producers come again by themselves. */
  open(accept: (socket: Socket) => void): void
  /** Takes nobody any more; resolves once all have gone. */
  close(): Promise<void>
}

/** @throws CarillonError `unavailable` when the port cannot be listened on. */
export async function takeProducerPort({
  host,
  snapperPort,
}: Pick<Config, 'host' | 'snapperPort'>): Promise<ProducerPort> {
  let accept = (socket: Socket): void => void socket.destroy()
  const server = createServer((socket) => accept(socket))
  await listenOn(server, { host, port: snapperPort, setting: 'SNAPPER_PORT' })
  return {
    port: (server.address() as AddressInfo).port,
    open: (taken) => void (accept = taken),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
