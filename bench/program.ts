import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

interface Answer {
  id: number
  result?: unknown
  error?: string
}

/** A program in a process of its own, which does what it is asked. */
export class Program {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>()
  #asked = 0

  /** @param file a program that calls `answering`. Resolves once it runs. */
  static async start(
    file: string,
    options: unknown,
    env: Record<string, string> = {},
    execPath = process.execPath,
  ): Promise<Program> {
    const execArgv = execPath === process.execPath ? ['--expose-gc'] : []
    const child = fork(file, [JSON.stringify(options)], { env: { ...process.env, ...env }, execArgv, execPath })
    const program = new Program(child)
    await Promise.race([once(child, 'message'), once(child, 'exit').then(fail)])
    child.on('message', (answer: Answer) => program.#take(answer))
    return program
  }

  private constructor(child: ChildProcess) {
    this.#child = child
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(ended())
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  ask<T>(command: string, argument: unknown = null): Promise<T> {
    const id = ++this.#asked
    this.#child.send({ id, command, argument })
    return new Promise<T>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  /** Ends it with SIGKILL. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.disconnect()
    await once(this.#child, 'exit')
  }

  #take({ id, result, error }: Answer): void {
    const asked = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) asked?.resolve(result as never)
    else asked?.reject(new Error(error))
  }
}

function fail(): never {
  throw ended()
}

function ended(): Error {
  return new Error('A program of the bench ended before it was told to.')
}
