import { messageFormat } from '@carillon/contract'
import type { RequestReply } from '@carillon/hub'
import * as z from 'zod'
import { Audience, type Client } from './audience.ts'
import { type Pattern, Patterns } from './pattern.ts'

interface Push {
  content: string
  /** RE2's syntax; '' for everyone. */
  userTag: string
}

const PUSH = messageFormat<Push>('gopusher push', z.object({ content: z.string(), userTag: z.string() }))

/** Milliseconds that processes have to hand a push to their clients and to say how many. */
const PUSH_WITHIN_MS = 5000

/** The clients of all apps: each process knows its own, and is asked to push to them. */
export class Audiences {
  readonly #requestReply: RequestReply
  readonly #patterns = new Patterns()
  readonly #here = new Map<number, { audience: Audience; listening: Promise<void> }>()

  constructor(requestReply: RequestReply) {
    this.#requestReply = requestReply
  }

  /** Resolves once the client gets what is pushed. @returns what ends that */
  async join(app: number, client: Client): Promise<() => Promise<void>> {
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
   * @returns how many got it, of what processes said in time. Rejects when they cannot be asked.
   * @throws PatternError
   */
  async push(app: number, push: Push): Promise<number> {
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

  async #leave(app: number, audience: Audience, client: Client): Promise<void> {
    audience.remove(client)
    if (!audience.isEmpty || this.#here.get(app)?.audience !== audience) return
    this.#here.delete(app)
    await this.#requestReply.stopResponding(topicOf(app))
  }

  #patternOf({ userTag }: Push): Pattern | undefined {
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
