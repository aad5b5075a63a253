import { UnreadableMessage } from '@carillon/contract'
import { asJson, fieldsOf } from '../socket/frame.ts'

/** An event on its way to clients. Its frame is only read when it is asked for, because most of many events are not shown. */
export class PassingEvent {
  readonly channel: string
  readonly #frame: string
  #fields: { event: string; data: string } | undefined

  /** @param frame as clients receive it */
  constructor(channel: string, frame: string) {
    this.channel = channel
    this.#frame = frame
  }

  /** @throws UnreadableMessage */
  get event(): string {
    return this.#read().event
  }

  /** The publisher's text, or JSON of what a client sent. @throws UnreadableMessage */
  get data(): string {
    return this.#read().data
  }

  #read(): { event: string; data: string } {
    return (this.#fields ??= readFields(this.#frame))
  }
}

function readFields(frame: string): { event: string; data: string } {
  const { event, data } = fieldsOf(frame)
  if (typeof event !== 'string') throw new UnreadableMessage('channel', 'shape')
  return { event, data: typeof data === 'string' ? data : (asJson(data) ?? '') }
}
