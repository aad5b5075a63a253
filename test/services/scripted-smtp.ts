import { type AddressInfo, createServer, type Socket } from 'node:net'

/** Where a conversation may leave the ordinary way; `message` is the final dot. */
export type SmtpStep =
  | 'greeting'
  | 'EHLO'
  | 'AUTH'
  | 'STARTTLS'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'message'
  | 'RSET'
  | 'QUIT'

/** The reply and action instead of the usual ones; `{}` sends no reply at all. */
export interface SmtpTurn {
  reply?: string
  /** `fin` ends the connection in order, `rst` resets it. */
  end?: 'fin' | 'rst'
  /** Reads nothing more. */
  pause?: boolean
}

interface Place {
  /** Of the server, from 1. */
  connection: number
  /** Of the connection, from 1; 0 before the first `MAIL`. */
  mail: number
  /** The line that was received. */
  line: string
  /** Connections that are open. */
  open: number
}

export type SmtpScript = (step: SmtpStep, place: Place) => SmtpTurn | undefined

export interface ScriptedSmtp {
  port: number
  url: string
  /** Messages that were answered with 250, in their order. */
  taken: { to: string[]; source: string }[]
  connections: number
  /** Steps of all conversations, in the order in which they came. */
  steps: SmtpStep[]
  close(): Promise<void>
}

const ORDINARY: Record<SmtpStep, string> = {
  greeting: '220 ready',
  EHLO: '250 hello',
  AUTH: '235 welcome',
  STARTTLS: '454 no',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go',
  message: '250 queued',
  RSET: '250 ok',
  QUIT: '221 bye',
}

function ordinary(step: SmtpStep): SmtpTurn {
  return { reply: ORDINARY[step] }
}

/** An SMTP server over plain TCP that follows a script, for manners that a proper server does not have. */
export async function scriptedSmtp(script: SmtpScript): Promise<ScriptedSmtp> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    converse(socket, ++smtp.connections)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  function converse(socket: Socket, connection: number): void {
    let [mail, text, inMessage, to] = [0, '', false, [] as string[]]
    const turn = (step: SmtpStep, line: string) => {
      smtp.steps.push(step)
      if (step === 'MAIL') [mail, to] = [mail + 1, []]
      const { reply, end, pause } = script(step, { connection, mail, line, open: sockets.size }) ?? ordinary(step)
      if (step === 'RCPT' && (reply ?? '').startsWith('2')) to.push(/<(.*)>/.exec(line)?.[1] ?? '')
      if (step === 'message' && (reply ?? '').startsWith('2')) smtp.taken.push({ to, source: line })
      if (reply !== undefined) socket.write(`${reply}\r\n`)
      if (end === 'rst') socket.resetAndDestroy()
      else if (end === 'fin' || step === 'QUIT' || (reply ?? '').startsWith('421')) socket.end()
      if (pause) socket.pause()
      inMessage = step === 'DATA' && (reply ?? '').startsWith('3')
    }
    turn('greeting', '')
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      for (;;) {
        const mark = inMessage ? '\r\n.\r\n' : '\r\n'
        const at = text.indexOf(mark)
        if (at < 0 || socket.destroyed) return
        const line = text.slice(0, at)
        text = text.slice(at + mark.length)
        turn(inMessage ? 'message' : (line.slice(0, 8).split(/[ :]/)[0]!.toUpperCase() as SmtpStep), line)
      }
    })
  }

  const smtp: ScriptedSmtp = {
    port,
    url: `smtp://127.0.0.1:${port}`,
    taken: [],
    connections: 0,
    steps: [],
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
  return smtp
}
