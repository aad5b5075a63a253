import type { Duplex } from 'node:stream'
import type { Batch, Conversation, Wire } from '@carillon/contract'
import type { WebSocket } from 'ws'
import { textFrame } from './frame.ts'
import type { Liveness } from './liveness.ts'
import { PromptSocket } from './prompt-socket.ts'

/** Bytes that may wait for a client that does not read. */
const MOST_WAITING = 1024 * 1024
/** Milliseconds that a client has to answer a close. */
const CLOSE_PATIENCE_MS = 2000

/** Close codes of Pusher's protocol, which clients of any protocol understand as "connect again". */
export const OVER_CAPACITY = 4100
const NO_PONG = 4201
const UNSUPPORTED_DATA = 1003
const LONGEST_REASON = 123

/**
 * A WebSocket. Messages are framed here and written to the socket directly, past `ws`, which would frame them
 * once per client; without compression that is all `ws` does with them too. It reads, pings and closes.
 */
export class SocketWire implements Wire {
  /** The round of the liveness sweep in which something was last heard. */
  heardIn: number
  /** The round in which it was pinged, if nothing was heard since. */
  pingedIn: number | undefined
  readonly #ws: WebSocket
  readonly #socket: PromptSocket
  readonly #liveness: Liveness
  #open = true

  constructor(ws: WebSocket, socket: Duplex, liveness: Liveness) {
    this.#ws = ws
    this.#socket = new PromptSocket(socket)
    this.#liveness = liveness
    this.heardIn = liveness.round
  }

  send(text: string): void {
    if (this.#open) this.#write(textFrame(text))
  }

  write(batch: Batch): void {
    if (this.#open) this.#write(batch.encoded(textFrame))
  }

  close(code: number, reason: string): void {
    if (!this.#open) return
    this.#open = false
    this.#ws.close(code, closeReason(reason))
    setTimeout(() => this.#ws.terminate(), CLOSE_PATIENCE_MS).unref()
  }

  /** Once; from now on the conversation hears what the client says. */
  attend(conversation: Conversation): void {
    const heard = () => this.#heard()
    this.#liveness.wires.add(this)
    this.#ws.on('message', (data: Buffer, isBinary) => {
      heard()
      if (isBinary) this.close(UNSUPPORTED_DATA, 'Only text is understood.')
      else if (this.#open) conversation.message(data.toString())
    })
    this.#ws.on('ping', heard)
    this.#ws.on('pong', heard)
    this.#ws.on('error', ignore)
    this.#ws.on('close', (code) => {
      this.#open = false
      this.#liveness.wires.delete(this)
      conversation.closed(code)
    })
  }

  ping(round: number): void {
    this.pingedIn = round
    if (this.#open) this.#ws.ping()
  }

  closeSilent(): void {
    this.close(NO_PONG, 'Pong reply not received')
  }

  #heard(): void {
    this.heardIn = this.#liveness.round
    this.pingedIn = undefined
  }

  #write(bytes: Uint8Array): void {
    if (this.#socket.waiting > MOST_WAITING) this.close(OVER_CAPACITY, 'The client does not read.')
    else this.#socket.write(bytes)
  }
}

/** At most 123 bytes, as WebSockets have it: `ws` throws on more. */
function closeReason(reason: string): string {
  const bytes = Buffer.from(reason)
  // Half a character at the end would be no UTF-8
  return bytes.length <= LONGEST_REASON
    ? reason
    : new TextDecoder().decode(bytes.subarray(0, LONGEST_REASON), { stream: true })
}

/** A close follows. */
function ignore(): void {}
