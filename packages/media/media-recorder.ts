import { Worker } from 'node:worker_threads'
import type { MediaRecorder, RecordedCall, RecordedCallOptions } from '@carillon/contract'
import type { Ask, Network, Tell } from './messages.ts'

export type MediaRecorderOptions = Network

/** Milliseconds; a thread that is caught in something does not keep a server from going down. */
const ENDS_WITHIN_MS = 3000

type Request = Extract<Ask, { type: 'offer' }>

interface OpenCall {
  options: RecordedCallOptions
  answers: Map<number, PromiseWithResolvers<string>>
  over: PromiseWithResolvers<void>
}

/**
 * WebRTC in a thread of its own, which begins with the first call and is gone after the last. There it takes its time
 * and its memory from nobody, and a packet that it fails at ends recordings, not the server.
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

  #offer({ answers }: OpenCall, request: Request): Promise<string> {
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

  #post(ask: Ask): void {
    if (!this.#calls.has(ask.call)) return
    this.#thread ??= this.#start()
    this.#thread.postMessage(ask)
  }

  #start(): Worker {
    const thread = new Worker(new URL('./thread.ts', import.meta.url))
    thread.unref()
    thread.on('message', (tell: Tell) => this.#hear(tell))
    thread.on('error', () => {}) // an exit follows
    thread.once('exit', () => this.#lose(thread))
    return thread
  }

  #hear(tell: Tell): void {
    const open = this.#calls.get(tell.call)
    if (!open) return
    if (tell.type === 'piece') open.options.wrote(tell.piece)
    else if (tell.type === 'ended') this.#close(tell.call, open, tell.why)
    else {
      const answer = open.answers.get(tell.request)
      open.answers.delete(tell.request)
      if (tell.type === 'answer') answer?.resolve(tell.sdp)
      else answer?.reject(new Error(tell.message))
    }
  }

  #close(call: number, { options, answers, over }: OpenCall, why: string): void {
    this.#calls.delete(call)
    for (const { reject } of answers.values()) reject(new Error(OVER))
    options.ended(why)
    over.resolve()
    if (this.#calls.size === 0) this.#release()
  }

  /** Its memory is for others while nothing is recorded. */
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
