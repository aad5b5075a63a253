import { setImmediate as nextTurn } from 'node:timers/promises'
import { serial } from '@carillon/async'
import { type Batch, messageFormat } from '@carillon/contract'
import type { RequestReply } from '@carillon/hub'
import * as z from 'zod'
import { Patterns, type TagPattern } from './pattern.ts'

/** Gets what is pushed. */
export interface AudienceMember {
  readonly userTag: string
  deliver(batch: Batch): void
}

interface GopusherPush {
  content: string
  /** RE2's syntax; '' for everyone. */
  userTag: string
}

const PUSH = messageFormat<GopusherPush>('gopusher push', z.object({ content: z.string(), userTag: z.string() }))

/** Milliseconds that processes have to hand a push to their clients and to say how many. */
const PUSH_WITHIN_MS = 5000

/** Milliseconds of matching between two looks at everything else that this process does. */
const SLICE_MS = 10

/** The clients of all apps: each process knows its own, and is asked to push to them. */
export class Audiences {
  readonly #requestReply: RequestReply
  readonly #patterns = new Patterns()
  readonly #here = new Map<number, { audience: Audience; listening: Promise<void> }>()

  constructor(requestReply: RequestReply) {
    this.#requestReply = requestReply
  }

  /** Resolves once the client gets what is pushed. @returns what ends that */
  async join(app: number, client: AudienceMember): Promise<() => Promise<void>> {
    const { audience, listening } = this.#hold(app)
    audience.add(client)
    const leave = () => this.#leave(app, audience, client)
    try {
      await listening
    } catch (error) {
      await leave()
      throw error
    }
    return leave
  }

  /**
   * To the clients of an app, in all processes.
   * @returns how many received it, according to the processes that answered in time. Rejects when they cannot be asked.
   * @throws PatternError
   */
  async push(app: number, push: GopusherPush): Promise<number> {
    this.#patternOf(push)
    const answers = await this.#requestReply.request(topicOf(app), PUSH.write(push), { within: PUSH_WITHIN_MS })
    return answers.reduce((sum, answer) => sum + countIn(answer), 0)
  }

  #hold(app: number) {
    const known = this.#here.get(app)
    if (known) return known
    const audience = new Audience()
    const listening = this.#requestReply.respond(topicOf(app), async (question) => {
      const push = PUSH.read(question)
      return String(await audience.push(push.content, this.#patternOf(push), performance.now() + PUSH_WITHIN_MS))
    })
    const held = { audience, listening }
    this.#here.set(app, held)
    return held
  }

  async #leave(app: number, audience: Audience, client: AudienceMember): Promise<void> {
    audience.remove(client)
    if (!audience.isEmpty || this.#here.get(app)?.audience !== audience) return
    this.#here.delete(app)
    await this.#requestReply.stopResponding(topicOf(app))
  }

  #patternOf({ userTag }: GopusherPush): TagPattern | undefined {
    return userTag === '' ? undefined : this.#patterns.get(userTag)
  }
}

/** What a process answered; 0 where that is no count. */
function countIn(answer: string): number {
  return /^\d{1,9}$/.test(answer) ? Number(answer) : 0
}

function topicOf(app: number): string {
  return `gopusher:${app}`
}

/** An app's clients in this process. */
export class Audience {
  readonly #clients = new Map<string, Set<AudienceMember>>()
  readonly #inTurn = serial()

  get isEmpty(): boolean {
    return this.#clients.size === 0
  }

  add(client: AudienceMember): void {
    const same = this.#clients.get(client.userTag) ?? new Set()
    this.#clients.set(client.userTag, same.add(client))
  }

  remove(client: AudienceMember): void {
    const same = this.#clients.get(client.userTag)
    same?.delete(client)
    if (same?.size === 0) this.#clients.delete(client.userTag)
  }

  /**
   * In the order of the calls, however long a pattern takes.
   * @param pattern of user_tags; absent: everyone
   * @param until on the clock of `performance.now`: a push that is still being matched then reaches nobody
   * @returns how many got it
   */
  push(content: string, pattern: TagPattern | undefined, until: number): Promise<number> {
    return this.#inTurn(() => this.#push(content, pattern, until))
  }

  async #push(content: string, pattern: TagPattern | undefined, until: number): Promise<number> {
    const tags = pattern ? await this.#matching(pattern, until) : this.#clients.keys()
    const message = new OneMessage(content)
    let total = 0
    for (const tag of tags) {
      for (const client of this.#clients.get(tag) ?? []) {
        client.deliver(message)
        total++
      }
    }
    return total
  }

  async #matching(pattern: TagPattern, until: number): Promise<string[]> {
    const matching: string[] = []
    let sliceEnd = performance.now() + SLICE_MS
    for (const tag of this.#clients.keys()) {
      if (pattern.test(tag)) matching.push(tag)
      const now = performance.now()
      if (now > until) return []
      if (now < sliceEnd) continue
      await nextTurn()
      sliceEnd = performance.now() + SLICE_MS
    }
    return matching
  }
}

/** Framed once, for all who get it. */
class OneMessage implements Batch {
  readonly #text: string
  #bytes: Uint8Array | undefined

  constructor(text: string) {
    this.#text = text
  }

  encoded(encode: (text: string) => Uint8Array): Uint8Array {
    return (this.#bytes ??= encode(this.#text))
  }
}
