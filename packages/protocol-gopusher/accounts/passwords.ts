import { createHmac, randomBytes } from 'node:crypto'
import { Hashing } from './hashing.ts'

/** Short enough that a guess in memory is worth little, and long enough that few calls wait for bcrypt. */
const KEPT_MS = 60_000
const MOST_KEPT = 1000

/** Hashes passwords, and remembers for a minute which were right: as an HMAC under a key that dies with the process. */
export class Passwords {
  readonly #hashing = new Hashing()
  readonly #key = randomBytes(32)
  readonly #checks = new Map<string, { right: Promise<boolean>; until: number }>()

  hash(password: string): Promise<string> {
    return this.#hashing.hash(password)
  }

  /** In constant time; the same question asked meanwhile is answered with it. */
  async isRight(password: string, hash: string): Promise<boolean> {
    const digest = createHmac('sha256', this.#key).update(`${hash}\n${password}`).digest('base64')
    const known = this.#checks.get(digest)
    if (known && known.until > performance.now()) return known.right
    return this.#check(digest, password, hash)
  }

  stop(): Promise<void> {
    return this.#hashing.stop()
  }

  async #check(digest: string, password: string, hash: string): Promise<boolean> {
    const right = this.#hashing.compare(password, hash)
    this.#checks.delete(digest)
    this.#checks.set(digest, { right, until: performance.now() + KEPT_MS })
    if (this.#checks.size > MOST_KEPT) this.#checks.delete(this.#checks.keys().next().value ?? digest)
    // A wrong one is not kept: strangers could fill the place.
    if (!(await right.catch(() => false))) this.#checks.delete(digest)
    return right
  }
}
