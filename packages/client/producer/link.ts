import { connect, type Socket } from 'node:net'
import { frame, FrameReader } from '@carillon/contract'
import { ProducerError } from './errors.ts'

export interface LinkOptions {
  host: string
  port: number
  token: string
  /** Milliseconds that the server has to answer. */
  timeout: number
}

interface Pending {
  resolve(result: unknown): void
  reject(error: ProducerError): void
  timer: NodeJS.Timeout
}

interface ProducerAnswer {
  id?: unknown
  result?: unknown
  error?: { code?: number; message?: string }
}

const UNAUTHORIZED = 401

/** One connection that has signed in: requests and their answers. */
export class Link {
  readonly #socket: Socket
  readonly #timeout: number
  readonly #pending = new Map<string, Pending>()
  readonly #reader = new FrameReader()
  /** Resolves when the connection is over, with why. */
  readonly ended: Promise<ProducerError>
  #end!: (why: ProducerError) => void
  #count = 0
  #over = false

  /** @throws ProducerError `unauthorized`, `unreachable` or `timeout` */
  static async open({ host, port, token, timeout }: LinkOptions): Promise<Link> {
    const link = new Link(connect({ host, port, noDelay: true, keepAlive: true }), timeout)
    try {
      await link.request('auth', [token])
      return link
    } catch (error) {
      link.end()
      if (error instanceof ProducerError && error.code === UNAUTHORIZED)
        throw new ProducerError('unauthorized', 'The server knows none of the secretKeys.', { cause: error })
      throw error
    }
  }

  private constructor(socket: Socket, timeout: number) {
    this.#socket = socket
    this.#timeout = timeout
    this.ended = new Promise((resolve) => (this.#end = resolve))
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#fail('unreachable', 'The server cannot be reached.', error))
    socket.on('close', () => this.#fail('unreachable', 'The server ended the connection.'))
  }

  /** Rejects with `unreachable` when the connection ends before there is an answer, and ends it when there is none. */
  request(method: string, params: unknown): Promise<unknown> {
    const id = String(++this.#count)
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(new ProducerError('unreachable', 'The connection is over.'))
      const late = () => this.#fail('timeout', `The server did not answer within ${this.#timeout} ms.`)
      this.#pending.set(id, { resolve, reject, timer: setTimeout(late, this.#timeout) })
      this.#socket.write(frame(JSON.stringify({ jsonrpc: '2.0', id, method, params })))
    })
  }

  end(): void {
    this.#fail('closed', 'The producer was closed.')
  }

  #take(chunk: Buffer): void {
    try {
      for (const text of this.#reader.read(chunk)) this.#answered(JSON.parse(text) as ProducerAnswer)
    } catch (error) {
      this.#fail('unreachable', 'What answered is no Snapper server.', error)
    }
  }

  #answered({ id, result, error }: ProducerAnswer): void {
    const pending = this.#pending.get(String(id))
    if (!pending) return
    this.#pending.delete(String(id))
    clearTimeout(pending.timer)
    if (error) pending.reject(new ProducerError(error.code ?? 0, error.message ?? 'The server answered with an error.'))
    else pending.resolve(result)
  }

  #fail(code: string, message: string, cause?: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#socket.destroy()
    const error = new ProducerError(code, message, { cause })
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#pending.clear()
    this.#end(error)
  }
}
