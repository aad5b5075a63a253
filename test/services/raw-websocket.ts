import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** WebSocket's `close` without a code, as a client sends it. */
export const goodbye = maskedFrame(0x88, Buffer.alloc(0))

/** Asks for a WebSocket and then does nothing by itself: it neither reads, nor answers, nor ends its TCP connection. */
export async function rawWebSocket(port: number, target: string, headers = ''): Promise<Socket> {
  const raw = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void raw.destroy())
  raw.pause()
  raw.write(
    `GET ${target} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${headers}` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  await once(raw, 'connect')
  return raw
}

/** A frame as clients send them, masked with zeros. @param first the byte of FIN and opcode */
export function maskedFrame(first: number, payload: Buffer): Buffer {
  const length = payload.length < 126 ? [0x80 + payload.length] : [0xfe, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), payload])
}
