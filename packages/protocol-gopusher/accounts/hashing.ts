import { Worker } from 'node:worker_threads'
import { Refusal } from '@carillon/request'

export interface HashingTask {
  id: number
  password: string
  /** What to compare with; absent: to be hashed. */
  hash?: string
}

export interface HashingAnswer {
  id: number
  hash?: string
  isRight?: boolean
}

/** Tasks that may wait, at about 60 ms each. */
const MOST_WAITING = 100

/** bcrypt in a thread, which starts with the first password. */
export class Hashing {
  #thread: Worker | undefined
  #tasks = 0
  readonly #waiting = new Map<number, PromiseWithResolvers<HashingAnswer>>()

  async hash(password: string): Promise<string> {
    const { hash } = await this.#do({ password })
    if (hash === undefined) throw new Error('The password could not be hashed.')
    return hash
  }

  /** In constant time. */
  async compare(password: string, hash: string): Promise<boolean> {
    return (await this.#do({ password, hash })).isRight ?? false
  }

  async stop(): Promise<void> {
    await this.#thread?.terminate()
  }

  /** @throws Refusal 503 */
  #do(task: Omit<HashingTask, 'id'>): Promise<HashingAnswer> {
    if (this.#waiting.size >= MOST_WAITING)
      throw new Refusal(503, 'Too many passwords are being checked; try again in a few seconds.')
    const id = this.#tasks++
    const answered = Promise.withResolvers<HashingAnswer>()
    this.#waiting.set(id, answered)
    this.#thread ??= this.#start()
    this.#thread.postMessage({ ...task, id } satisfies HashingTask)
    return answered.promise
  }

  #start(): Worker {
    const thread = new Worker(new URL('./hashing-thread.ts', import.meta.url))
    thread.unref()
    thread.on('message', (answer: HashingAnswer) => {
      this.#waiting.get(answer.id)?.resolve(answer)
      this.#waiting.delete(answer.id)
    })
    thread.on('error', () => {}) // an exit follows
    thread.once('exit', () => this.#giveUp())
    return thread
  }

  #giveUp(): void {
    this.#thread = undefined
    for (const { reject } of this.#waiting.values()) reject(new Error('The thread that hashes passwords ended.'))
    this.#waiting.clear()
  }
}
