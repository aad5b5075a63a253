import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { Program } from '../program.ts'
import type { Bursts, Place } from './clients.ts'
import { bunProgram, type Contender } from './contenders.ts'

const CLIENTS = join(import.meta.dirname, 'clients.ts')

/** A server at work, and its subscribers, each in a process of their own. */
export class Running {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #control: Socket
  readonly #lines: Interface
  readonly #clients: Program
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
    const place: Place = { port, control, dialect }
    return new Running(name, child, socket, await Program.start(CLIENTS, place, {}, bunProgram()))
  }

  private constructor(name: string, child: ChildProcess, control: Socket, clients: Program) {
    this.#name = name
    this.#child = child
    this.#control = control
    this.#lines = createInterface({ input: control })
    this.#clients = clients
  }

  async subscribe(count: number): Promise<void> {
    await this.#ask('subscribe', count)
    this.#count += count
  }

  /** Each burst is published once every subscriber has the one before. @returns deliveries a second */
  async bursts(bursts: Bursts): Promise<number> {
    return (bursts.size * bursts.times * this.#count * 1000) / (await this.#ask('bursts', bursts))
  }

  /** Bytes that the server's process holds, after what is garbage is gone. */
  async memory(): Promise<number> {
    const answer = once(this.#lines, 'line')
    this.#control.write('memory\n')
    return Number((await answer)[0])
  }

  /** @returns milliseconds */
  async #ask(command: 'subscribe' | 'bursts', argument: number | Bursts): Promise<number> {
    try {
      return await this.#clients.ask<number>(command, argument)
    } catch (error) {
      throw new Error(`${this.#name}, asked to ${command} ${JSON.stringify(argument)}, failed.`, { cause: error })
    }
  }

  async stop(): Promise<void> {
    await this.#clients.stop()
    this.#control.destroy()
    this.#child.kill()
  }
}

/** The servers share the first core, so that they do not disturb the subscribers. */
function pinned(command: string[]): string[] {
  return process.platform === 'linux' && cpus().length > 1 ? ['taskset', '-c', '0', ...command] : command
}
