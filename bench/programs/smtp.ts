import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { answering } from '../answering.ts'

/* A mail server that takes all mail and keeps none. It reads no more than where a mail ends. */

const END = '\r\n.\r\n'

const server = createServer((socket) => {
  socket.on('error', () => {}).write('220 bench\r\n')
  let isMail = false
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
    for (;;) {
      const end = isMail ? END : '\r\n'
      const at = text.indexOf(end)
      if (at < 0) return
      const line = text.slice(0, at)
      text = text.slice(at + end.length)
      isMail = answer(socket, isMail ? 'END' : line.slice(0, 4).toUpperCase())
    }
  })
})

/** @returns whether a mail follows */
function answer(socket: Socket, command: string): boolean {
  if (command === 'QUIT') socket.end('221 bye\r\n')
  else socket.write(command === 'DATA' ? '354 go\r\n' : '250 ok\r\n')
  return command === 'DATA'
}

server.listen(0, '127.0.0.1')
await once(server, 'listening')

answering({ port: () => (server.address() as AddressInfo).port }, () => void server.close())
