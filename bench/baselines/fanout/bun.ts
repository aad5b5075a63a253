import { serveFanout } from '../../fanout/serve.ts'

/** What this needs of Bun's own types. */
interface BunServer {
  port: number
  publish(topic: string, text: string): void
  upgrade(request: Request): boolean
}

interface BunSocket {
  subscribe(topic: string): void
}

declare const Bun: {
  serve(options: {
    port: number
    hostname: string
    fetch(request: Request, server: BunServer): Response | undefined
    websocket: { open(socket: BunSocket): void; message(): void }
  }): BunServer
}

/** Bun's native pub/sub. */
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response()),
  websocket: { open: (socket) => socket.subscribe('all'), message() {} },
})
serveFanout({ port: server.port, publish: (text) => server.publish('all', text) })
