import { connect, type Socket } from 'node:net'

const END_OF_HEAD = '\r\n\r\n'

/** Sends requests that are made already, each as soon as a connection has its last answer, and counts the answers. */
export class HttpLoad {
  readonly #port: number
  readonly #connections: number
  #sockets: Socket[] = []
  #requests: readonly Buffer[] = []
  #sent = 0
  #answered = 0
  #done: { resolve(): void; reject(error: Error): void } | undefined

  constructor(port: number, connections: number) {
    this.#port = port
    this.#connections = connections
  }

  /** @returns requests a second. Rejects at an answer other than 200. */
  async run(requests: readonly Buffer[]): Promise<number> {
    await this.#dial() // each time: servers close connections that idle while others have their rounds
    this.#requests = requests
    this.#sent = 0
    this.#answered = 0
    const begun = performance.now()
    await new Promise<void>((resolve, reject) => {
      this.#done = { resolve, reject }
      for (const socket of this.#sockets) this.#next(socket)
    }).finally(() => this.#close())
    return (requests.length * 1000) / (performance.now() - begun)
  }

  #close(): void {
    for (const socket of this.#sockets) socket.removeAllListeners('close').destroy()
  }

  async #dial(): Promise<void> {
    this.#sockets = await Promise.all(Array.from({ length: this.#connections }, () => dial(this.#port)))
    for (const socket of this.#sockets) this.#attend(socket)
  }

  #next(socket: Socket): void {
    const request = this.#requests[this.#sent++]
    if (request) socket.write(request)
  }

  #attend(socket: Socket): void {
    let kept = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      kept += text
      const end = endOfAnswer(kept)
      if (end === undefined) return
      if (!kept.startsWith('HTTP/1.1 200')) this.#done?.reject(new Error(kept))
      kept = kept.slice(end)
      if (++this.#answered === this.#requests.length) this.#done?.resolve()
      else this.#next(socket)
    })
    socket.on('close', () => this.#done?.reject(new Error('A connection was closed.')))
  }
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

function endOfAnswer(text: string): number | undefined {
  const head = text.indexOf(END_OF_HEAD)
  if (head === -1) return undefined
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(text) ?? []
  if (length === undefined) throw new Error(`An answer without content-length: ${text.slice(0, head)}`)
  const end = head + END_OF_HEAD.length + Number(length)
  return text.length < end ? undefined : end
}
