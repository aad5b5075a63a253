import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'

/** What the bench tells a server to do. */
export interface FanoutServer {
  /** Of its WebSockets. */
  port: number
  /** To all subscribers, at once. */
  publish(text: string): void
}

/** 100 bytes. */
export const MESSAGE = 'x'.repeat(100)

/** Takes commands on a port of its own, `burst N` or `memory`, and prints both ports as JSON. */
export function serveFanout({ port, publish }: FanoutServer): void {
  const control = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    socket.once('close', () => process.exit()) // without the bench, whatever became of it, nobody stops this
    createInterface({ input: socket }).on('line', (line) => {
      const [command, count] = line.split(' ')
      if (command === 'burst') for (let left = Number(count); left > 0; left--) publish(MESSAGE)
      else socket.write(`${memory()}\n`)
    })
  })
  control.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ port, control: (control.address() as AddressInfo).port }))
  })
}

function memory(): number {
  globalThis.gc?.()
  return process.memoryUsage.rss()
}
