import { Worker } from 'node:worker_threads'
import type { MediaRecorder, RecordedCall, RecordedCallOptions } from '@carillon/contract'
import type { RecorderCommand, Network, RecorderEvent } from './messages.ts'

export type MediaRecorderOptions = Network

/** Milliseconds after which a thread that does not react no longer holds up the stop of a server. */
const ENDS_WITHIN_MS = 3000

type OfferRequest = Extract<RecorderCommand, { type: 'offer' }>

interface OpenCall {
  options: RecordedCallOptions
  answers: Map<number, PromiseWithResolvers<string>>
  over: PromiseWithResolvers<void>
}

/**
 * Runs WebRTC in a thread of its own, which starts with the first call and ends after the last. There it does not block
 * the server, and a packet that makes it fail ends recordings, not the server.
 */
export function mediaRecorder(network: MediaRecorderOptions = {}): MediaRecorder {
  return new ThreadedRecorder(network)
}

class ThreadedRecorder implements MediaRecorder {
  readonly #network: Network
  readonly #calls = new Map<number, OpenCall>()
  #thread: Worker | undefined
  #opened = 0
  #requests = 0

  constructor(network: Network) {
    this.#network = network
  }

  open(options: RecordedCallOptions): RecordedCall {
    const call = ++this.#opened
    const open: OpenCall = { options, answers: new Map(), over: Promise.withResolvers() }
    this.#calls.set(call, open)
    const { hasAudio, hasVideo, iceServers } = options
    this.#post({ call, type: 'open', wishes: { hasAudio, hasVideo, iceServers }, network: this.#network })
    return {
      offer: (sdp) => this.#offer(open, { call, type: 'offer', request: ++this.#requests, sdp }),
      candidate: (candidate) => this.#post({ call, type: 'candidate', candidate }),
      end: () => this.#end(call, open),
    }
  }

  async stop(): Promise<void> {
    const late = setTimeout(() => void this.#thread?.terminate(), ENDS_WITHIN_MS)
    await Promise.all([...this.#calls].map(([call, open]) => this.#end(call, open)))
    clearTimeout(late)
    await this.#thread?.terminate()
  }

  #offer({ answers }: OpenCall, request: OfferRequest): Promise<string> {
    const answer = Promise.withResolvers<string>()
    if (!this.#calls.has(request.call)) return Promise.reject(new Error(OVER))
    answers.set(request.request, answer)
    this.#post(request)
    return answer.promise
  }

  async #end(call: number, { over }: OpenCall): Promise<void> {
    this.#post({ call, type: 'end' })
    await over.promise
  }

  #post(command: RecorderCommand): void {
    if (!this.#calls.has(command.call)) return
    this.#thread ??= this.#start()
    this.#thread.postMessage(command)
  }

  #start(): Worker {
    const thread = new Worker(new URL('./thread.ts', import.meta.url))
    thread.unref()
    thread.on('message', (event: RecorderEvent) => this.#receive(event))
    thread.on('error', () => {}) // an exit follows
    thread.once('exit', () => this.#lose(thread))
    return thread
  }

  #receive(event: RecorderEvent): void {
    const open = this.#calls.get(event.call)
    if (!open) return
    if (event.type === 'piece') open.options.wrote(event.piece)
    else if (event.type === 'ended') this.#close(event.call, open, event.why)
    else {
      const answer = open.answers.get(event.request)
      open.answers.delete(event.request)
      if (event.type === 'answer') answer?.resolve(event.sdp)
      else answer?.reject(new Error(event.message))
    }
  }

  #close(call: number, { options, answers, over }: OpenCall, why: string): void {
    this.#calls.delete(call)
    for (const { reject } of answers.values()) reject(new Error(OVER))
    options.ended(why)
    over.resolve()
    if (this.#calls.size === 0) this.#release()
  }

  /** Frees its memory while nothing is recorded. */
  #release(): void {
    const thread = this.#thread
    this.#thread = undefined
    void thread?.terminate()
  }

  #lose(thread: Worker): void {
    if (this.#thread !== thread) return
    this.#thread = undefined
    for (const [call, open] of this.#calls) this.#close(call, open, 'The recorder broke down.')
  }
}

const OVER = 'The recording is over.'
