import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { cpus } from 'node:os'
import { createInterface, type Interface } from 'node:readline'
import type { Contender } from './contenders.ts'
import { Subscribers } from './subscribers.ts'

/** A server at work in a process of its own, and its subscribers in this one. */
export class Running {
  readonly name: string
  readonly #child: ChildProcess
  readonly #control: Socket
  readonly #lines: Interface
  readonly #port: number
  readonly #subscribers: Subscribers
  #count = 0

  static async start({ name, command, dialect }: Contender): Promise<Running> {
    const [program, ...args] = pinned(command)
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${name} ended before it was ready.`)
    })
    const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [string]
    ended.catch(() => {})
    const { port, control } = JSON.parse(line) as { port: number; control: number }
    const socket = connect({ port: control, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Running({ name, child, control: socket, port, subscribers: new Subscribers(dialect) })
  }

  private constructor(parts: {
    name: string
    child: ChildProcess
    control: Socket
    port: number
    subscribers: Subscribers
  }) {
    this.name = parts.name
    this.#child = parts.child
    this.#control = parts.control
    this.#lines = createInterface({ input: parts.control })
    this.#port = parts.port
    this.#subscribers = parts.subscribers
  }

  async subscribe(count: number): Promise<void> {
    await this.#subscribers.open(this.#port, count)
    this.#count += count
  }

  /** To each subscriber so many messages, at once. @returns deliveries a second */
  async burst(messages: number): Promise<number> {
    const begun = performance.now()
    await this.#publish(messages)
    return (messages * this.#count * 1000) / (performance.now() - begun)
  }

  /** The next message when all have the last. @returns deliveries a second */
  async oneInFlight(messages: number): Promise<number> {
    const begun = performance.now()
    for (let left = messages; left > 0; left--) await this.#publish(1)
    return (messages * this.#count * 1000) / (performance.now() - begun)
  }

  /** Bytes that the process holds, after what is garbage is gone. */
  async memory(): Promise<number> {
    const answer = once(this.#lines, 'line')
    this.#control.write('memory\n')
    return Number((await answer)[0])
  }

  stop(): void {
    this.#subscribers.close()
    this.#control.destroy()
    this.#child.kill()
  }

  async #publish(messages: number): Promise<void> {
    const arrived = this.#subscribers.expect(messages * this.#count)
    this.#control.write(`burst ${messages}\n`)
    await arrived
  }
}

/** The servers share the first core, so that they do not disturb the subscribers. */
function pinned(command: string[]): string[] {
  return process.platform === 'linux' && cpus().length > 1 ? ['taskset', '-c', '0', ...command] : command
}
