import { randomUUID } from 'node:crypto'
import { type Backplane, messageFormat, type OnFault, UnreadableMessage } from '@carillon/contract'
import * as z from 'zod'

interface RequestMessage {
  id: string
  /** The topic that replies are published to. */
  inbox: string
  question: string
}

const REQUEST = messageFormat<RequestMessage>(
  'question',
  z.object({ id: z.uuid(), inbox: z.string().min(1), question: z.string() }),
)

type OnReply = (text: string) => void

export interface RequestOptions {
  /** Milliseconds to wait for replies. */
  within: number
  /** True when no more replies are needed. */
  enough?(replies: readonly string[]): boolean
}

/** Sends requests to all processes that respond on a topic, and collects their replies. */
export class RequestReply {
  readonly #backplane: Backplane
  readonly #onFault: OnFault
  readonly #inbox = `answers:${randomUUID()}`
  readonly #pending = new Map<string, OnReply>()
  #listening: Promise<void> | undefined

  /** @param onFault called for requests that cannot be read */
  constructor(backplane: Backplane, onFault: OnFault) {
    this.#backplane = backplane
    this.#onFault = onFault
  }

  /** @returns the replies that arrived in time. Rejects when the request cannot be published. */
  async request(topic: string, question: string, { within, enough = () => false }: RequestOptions): Promise<string[]> {
    await this.#listen()
    const id = randomUUID()
    const { promise, resolve } = Promise.withResolvers<void>()
    const replies: string[] = []
    let expected = Infinity
    const check = () => {
      if (replies.length >= expected || enough(replies)) resolve()
    }
    this.#pending.set(id, (text) => {
      replies.push(text)
      check()
    })
    const timer = setTimeout(resolve, within)
    try {
      const message = REQUEST.write({ id, inbox: this.#inbox, question })
      expected = await this.#backplane.publish(topic, message)
      check()
      await promise
      return replies
    } finally {
      clearTimeout(timer)
      this.#pending.delete(id)
    }
  }

  /** Replies to requests on a topic until `stopResponding`. */
  respond(topic: string, reply: (question: string) => string | Promise<string>): Promise<void> {
    return this.#backplane.subscribe(topic, (message) => {
      const { id, inbox, question } = REQUEST.read(message)
      // A reply that fails is not sent: the requester waits no longer than its own timeout.
      void (async () => this.#backplane.publish(inbox, `${id}${await reply(question)}`))().catch((error: unknown) => {
        if (error instanceof UnreadableMessage) this.#onFault(error)
      })
    })
  }

  stopResponding(topic: string): Promise<void> {
    return this.#backplane.unsubscribe(topic)
  }

  #listen(): Promise<void> {
    this.#listening ??= this.#backplane.subscribe(this.#inbox, (message) => this.#receive(message))
    return this.#listening.catch((error: unknown) => {
      this.#listening = undefined
      throw error
    })
  }

  #receive(message: string): void {
    this.#pending.get(message.slice(0, UUID_LENGTH))?.(message.slice(UUID_LENGTH))
  }
}

const UUID_LENGTH = 36
