import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { inject, onTestFinished } from 'vitest'
import { startServer } from './guarded.ts'
import { freePort, serverFolder } from './place.ts'

/** False: skip by name, `describe.skipIf(!hasTurn)(…)`. */
export const hasTurn = inject('turnProgram') !== undefined

/** A coturn of the test's own, as docs/protocols/sessions.md has it set up. @returns its URL for browsers */
export async function startTurn(secret: string): Promise<string> {
  const program = inject('turnProgram')
  if (!program) throw new Error('This test needs coturn: guard it with describe.skipIf(!hasTurn).')
  const [port, folder] = [await freePort(), serverFolder('turn')]
  const file = `${folder}/turnserver.conf`
  writeFileSync(file, settingsFor(port, folder, secret))
  const ready = () => answersStun(port)
  const server = await startServer({
    name: 'coturn',
    command: program,
    args: ['-c', file],
    folder,
    stopSignal: 'TERM',
    ready,
  })
  onTestFinished(() => server.stop())
  return `turn:127.0.0.1:${port}?transport=udp`
}

function settingsFor(port: number, folder: string, secret: string): string {
  return `
use-auth-secret
static-auth-secret=${secret}
realm=carillon
listening-ip=127.0.0.1
listening-port=${port}
relay-ip=127.0.0.1
relay-threads=1
allow-loopback-peers
no-cli
no-tls
no-dtls
log-file=stdout
pidfile=${folder}/pid
userdb=${folder}/users
`
}

/** Binding Request, no attributes, the magic cookie, some transaction (RFC 8489, 5). */
const BINDING = Buffer.from('000100002112a442000102030405060708090a0b', 'hex')

async function answersStun(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.send(BINDING, port, '127.0.0.1')
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(500) })) as [Buffer]
    return answer.readUInt16BE() === 0x0101
  } finally {
    socket.close()
  }
}
