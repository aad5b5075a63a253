import { createHmac } from 'node:crypto'
import { Subscriber } from '../fanout/subscriber.ts'
import { credentials } from '../push-requests.ts'

interface Frame {
  event: string
  channel?: string
  /** JSON within JSON. */
  data: string
}

/** One connection that joins presence channels, and follows who is on them by what it is told. */
export class Guest {
  readonly #subscriber: Subscriber
  readonly #views = new Map<string, Set<string>>()
  /** In the order in which the answers come. */
  readonly #joining: (() => void)[] = []
  #socketId = ''
  #opened = Promise.withResolvers<void>()

  static async open(port: number): Promise<Guest> {
    const guest = new Guest(port)
    await guest.#opened.promise
    return guest
  }

  private constructor(port: number) {
    this.#subscriber = new Subscriber({
      port,
      path: `/app/${credentials.key}?protocol=7`,
      opened() {},
      heard: (bytes, start, end) => this.#hear(JSON.parse(bytes.toString('utf8', start, end)) as Frame),
    })
  }

  /** Resolves once it is on the channel, and knows all of its members. */
  async join(channel: string, user: string): Promise<void> {
    const joined = Promise.withResolvers<void>()
    this.#joining.push(joined.resolve)
    const channel_data = JSON.stringify({ user_id: user })
    const signed = `${this.#socketId}:${channel}:${channel_data}`
    const auth = `${credentials.key}:${createHmac('sha256', credentials.secret).update(signed).digest('hex')}`
    this.#send('pusher:subscribe', { channel, auth, channel_data })
    await joined.promise
  }

  leave(channel: string): void {
    this.#send('pusher:unsubscribe', { channel })
    this.#views.delete(channel)
  }

  /** Ids of the members of a channel that it is on. */
  membersOf(channel: string): ReadonlySet<string> {
    return this.#views.get(channel) ?? new Set()
  }

  close(): void {
    this.#subscriber.close()
  }

  #send(event: string, data: object): void {
    this.#subscriber.send(JSON.stringify({ event, data }))
  }

  #hear({ event, channel = '', data }: Frame): void {
    if (event === 'pusher:connection_established') {
      this.#socketId = (JSON.parse(data) as { socket_id: string }).socket_id
      this.#opened.resolve()
    } else if (event === 'pusher_internal:subscription_succeeded') {
      const { presence } = JSON.parse(data) as { presence: { ids: string[] } }
      this.#views.set(channel, new Set(presence.ids))
      this.#joining.shift()?.()
    } else if (event.startsWith('pusher_internal:member_')) {
      const { user_id } = JSON.parse(data) as { user_id: string }
      if (event.endsWith('added')) this.#views.get(channel)?.add(user_id)
      else this.#views.get(channel)?.delete(user_id)
    } else throw new Error(`A guest was told of ${event}: ${data}`)
  }
}
