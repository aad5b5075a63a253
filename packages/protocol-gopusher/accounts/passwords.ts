import { createHmac, randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { Refusal } from '@carillon/http'
import { LRUCache } from 'lru-cache'

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

/** Short enough that a guess in memory is worth little, and long enough that few calls wait for bcrypt. */
const KEPT_MS = 60_000
const MOST_KEPT = 1000

/** Hashes passwords, and remembers for a minute which were right: as an HMAC under a key that dies with the process. */
export class Passwords {
  readonly #hashing = new Hashing()
  readonly #key = randomBytes(32)
  readonly #checks = new LRUCache<string, Promise<boolean>>({ max: MOST_KEPT, ttl: KEPT_MS, ttlResolution: 0 })

  hash(password: string): Promise<string> {
    return this.#hashing.hash(password)
  }

  /** In constant time; the same question asked meanwhile is answered with it. */
  async isRight(password: string, hash: string): Promise<boolean> {
    const digest = createHmac('sha256', this.#key).update(`${hash}\n${password}`).digest('base64')
    return this.#checks.get(digest) ?? this.#check(digest, password, hash)
  }

  stop(): Promise<void> {
    return this.#hashing.stop()
  }

  async #check(digest: string, password: string, hash: string): Promise<boolean> {
    const right = this.#hashing.compare(password, hash)
    this.#checks.set(digest, right)
    // A wrong one is not kept: strangers could fill the place.
    if (!(await right.catch(() => false))) this.#checks.delete(digest)
    return right
  }
}

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
