import { randomUUID } from 'node:crypto'
import { type Backplane, messageFormat, type OnFault, UnreadableMessage } from '@carillon/contract'
import * as z from 'zod'

interface Question {
  id: string
  /** The topic that answers go to. */
  inbox: string
  question: string
}

const QUESTION = messageFormat<Question>(
  'question',
  z.object({ id: z.uuid(), inbox: z.string().min(1), question: z.string() }),
)

interface Waiting {
  answer(text: string): void
}

export interface AskOptions {
  /** Milliseconds to wait for answers. */
  within: number
  /** True when no more answers are needed. */
  enough?(answers: readonly string[]): boolean
}

/** Questions to all processes that listen to a topic, and their answers. */
export class Asker {
  readonly #backplane: Backplane
  readonly #onFault: OnFault
  readonly #inbox = `answers:${randomUUID()}`
  readonly #waiting = new Map<string, Waiting>()
  #listening: Promise<void> | undefined

  /** @param onFault hears of questions that cannot be read */
  constructor(backplane: Backplane, onFault: OnFault) {
    this.#backplane = backplane
    this.#onFault = onFault
  }

  /** @returns the answers that came in time. Rejects when the question cannot be put. */
  async ask(topic: string, question: string, { within, enough = () => false }: AskOptions): Promise<string[]> {
    await this.#listen()
    const id = randomUUID()
    const { promise, resolve } = Promise.withResolvers<void>()
    const answers: string[] = []
    let asked = Infinity
    const check = () => {
      if (answers.length >= asked || enough(answers)) resolve()
    }
    const answer = (text: string) => {
      answers.push(text)
      check()
    }
    this.#waiting.set(id, { answer })
    const timer = setTimeout(resolve, within)
    try {
      const message = QUESTION.write({ id, inbox: this.#inbox, question })
      asked = await this.#backplane.publish(topic, message)
      check()
      await promise
      return answers
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
    }
  }

  /** Answers what is asked on a topic, until it falls silent there. */
  respond(topic: string, answer: (question: string) => string | Promise<string>): Promise<void> {
    return this.#backplane.subscribe(topic, (message) => {
      const { id, inbox, question } = QUESTION.read(message)
      // An answer that fails is none: the asker waits no longer than it said.
      void (async () => this.#backplane.publish(inbox, `${id}${await answer(question)}`))().catch((error: unknown) => {
        if (error instanceof UnreadableMessage) this.#onFault(error)
      })
    })
  }

  /** Ends the answering on a topic. */
  silence(topic: string): Promise<void> {
    return this.#backplane.unsubscribe(topic)
  }

  #listen(): Promise<void> {
    this.#listening ??= this.#backplane.subscribe(this.#inbox, (message) => this.#hear(message))
    return this.#listening.catch((error: unknown) => {
      this.#listening = undefined
      throw error
    })
  }

  #hear(message: string): void {
    this.#waiting.get(message.slice(0, UUID_LENGTH))?.answer(message.slice(UUID_LENGTH))
  }
}

const UUID_LENGTH = 36
