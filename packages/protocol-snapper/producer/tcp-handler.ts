import type { TcpHandler } from '@carillon/contract'
import type { SnapperParts } from '../parts.ts'
import { ProducerConnection } from './connection.ts'

/** The port of producers. */
export function producerHandler(parts: SnapperParts): TcpHandler & { stop(): Promise<void> } {
  const open = new Set<ProducerConnection>()
  return {
    accept(socket) {
      const connection = ProducerConnection.open(parts, socket)
      open.add(connection)
      socket.once('close', () => void connection.handled.then(() => open.delete(connection)))
    },
    async stop() {
      await Promise.all([...open].map((connection) => connection.close()))
    },
  }
}
