import type { ConsumerKey, QueuedBatch, SnapperQueues } from '@carillon/contract'
import { PendingAcks } from './pending-acks.ts'

export interface DeliveryDeps {
  queues: SnapperQueues
  key: ConsumerKey
  /** Milliseconds until a batch is sent again. */
  ackWithin: number
  send(text: string): void
  /** Whether all that was sent is on its way. */
  hasRead(): boolean
  report(error: unknown): void
}

/** Milliseconds until the queue is asked again after it could not answer. */
const TRY_AGAIN_MS = 1000

/** Hands a consumer what waits for it: one batch at a time, the same one until it is acknowledged. */
export class Delivery {
  readonly #deps: DeliveryDeps
  readonly #pendingAcks = new PendingAcks()
  #batch: QueuedBatch | undefined
  #looking = false
  #lookAgain = false
  #acknowledging = false
  #timer: NodeJS.Timeout | undefined
  #over = false

  constructor(deps: DeliveryDeps) {
    this.#deps = deps
  }

  /** There may be something new. */
  wake(): void {
    if (this.#over || this.#batch) return
    this.#lookAgain = true
    if (!this.#looking) void this.#look()
  }

  /** What the client says of a batch. An error leaves it queued, to be sent again. */
  async answered(id: unknown, ok: boolean): Promise<void> {
    if (!ok || this.#acknowledging || id !== this.#batch?.id) return
    const { queues, key } = this.#deps
    const { messages } = this.#batch!
    this.#acknowledging = true
    try {
      await queues.acknowledge(key, this.#batch!.id)
    } catch (error) {
      return this.#deps.report(error) // sent again, it is acknowledged again
    } finally {
      this.#acknowledging = false
    }
    clearTimeout(this.#timer)
    this.#batch = undefined
    this.#pendingAcks.acknowledged(messages)
    this.wake()
  }

  /**
   * Queues a message besides what rooms bring.
   * @param id distinguishes it from another with the same content
   * @returns whether the client acknowledged it
   */
  async notify(message: string, id = ''): Promise<boolean> {
    if (this.#over) return false
    const pending = { message, id }
    const { acknowledged, answer } = this.#pendingAcks.begin(pending)
    if (acknowledged) return true
    const { queues, key } = this.#deps
    try {
      if (!(await queues.offer(key, message, this.#pendingAcks.count(message)))) this.#pendingAcks.refused(pending)
    } catch (error) {
      this.#pendingAcks.refused(pending)
      throw error
    }
    this.wake()
    return answer
  }

  stop(): void {
    this.#over = true
    clearTimeout(this.#timer)
    this.#pendingAcks.stop()
  }

  async #look(): Promise<void> {
    const { queues, key, report } = this.#deps
    this.#looking = true
    try {
      while (this.#lookAgain && !this.#batch && !this.#over) {
        this.#lookAgain = false
        this.#batch = (await queues.claim(key)) ?? undefined
      }
    } catch (error) {
      report(error)
      this.#timer = setTimeout(() => this.wake(), TRY_AGAIN_MS).unref()
    } finally {
      this.#looking = false
    }
    if (this.#batch) this.#send(this.#batch)
  }

  #send(batch: QueuedBatch): void {
    if (this.#over) return
    this.#deps.send(publishPacket(batch))
    this.#sendAgainLater(batch)
  }

  /** Not while the client has yet to read it: what it does not read would only grow. */
  #sendAgainLater(batch: QueuedBatch): void {
    const { hasRead, ackWithin } = this.#deps
    const later = () => (hasRead() ? this.#send(batch) : this.#sendAgainLater(batch))
    clearTimeout(this.#timer)
    this.#timer = setTimeout(later, ackWithin).unref()
  }
}

/** The messages are JSON already. */
function publishPacket({ id, messages }: QueuedBatch): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"publish","params":[${messages.join(',')}]}`
}
