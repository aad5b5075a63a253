import { createHmac, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { Hashing } from './hashing.ts'

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
