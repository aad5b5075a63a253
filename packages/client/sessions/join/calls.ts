import type { IceServer, Relayed, ServerMessage, SessionStream } from '@carillon/contract/session-messages'
import { Publication, type PublishOptions } from './publication.ts'
import { checkHasMedia, Subscription } from './subscription.ts'
import { hasMedia, type MediaLike } from './platform.ts'
import { SessionError } from './errors.ts'

export interface CallsDeps {
  ask(message: object): Promise<{ stream?: SessionStream; muted?: boolean; iceServers?: IceServer[] }>
  say(message: object): void
  mediaWithin: number
  /** A stream that was just published had to be muted. */
  muted(streamId: string): void
}

/** All calls of this client: of its own streams with those who subscribe, and of others' streams. */
export class Calls {
  readonly publications = new Set<Publication>()
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #deps: CallsDeps
  /** Resolves once the server has answered all that is being published. */
  #declared: Promise<unknown> = Promise.resolve()

  constructor(deps: CallsDeps) {
    this.#deps = deps
  }

  async publish(media: MediaLike | null, options: PublishOptions): Promise<Publication> {
    if (media && !hasMedia) throw new SessionError('invalid', 'WebRTC is not available: media requires a browser')
    const { ask, say } = this.#deps
    const ended = () => void this.publications.delete(publication)
    const iceServers = () => this.#iceServers()
    const publication: Publication = new Publication({ media, options, ask, say, iceServers, ended })
    this.publications.add(publication)
    await this.#declare(publication).catch((error: unknown) => {
      ended()
      throw error
    })
    return publication
  }

  async subscribe(stream: SessionStream): Promise<Subscription> {
    checkHasMedia()
    const { ask, say, mediaWithin: within } = this.#deps
    const iceServers = await this.#iceServers()
    this.#subscriptions.get(stream.id)?.end()
    const ended = () => {
      if (this.#subscriptions.get(stream.id) === subscription) this.#subscriptions.delete(stream.id)
    }
    const subscription: Subscription = new Subscription({ stream, iceServers, within, ask, say, ended })
    this.#subscriptions.set(stream.id, subscription)
    await subscription.begin()
    return subscription
  }

  async hear(message: ServerMessage): Promise<void> {
    const { type } = message
    if (type === 'streamDestroyed') this.#subscriptions.get(message.stream.id)?.hangUp('the stream ended')
    if (type === 'connectionDestroyed') this.#left(message.connection.id)
    if (type === 'forceUnpublished') this.#forget(message.streamId)
    if ('streamId' in message && 'from' in message) await (await this.#partOf(message))?.hear(message)
  }

  /** @returns the streams that were muted, as is the duty of a client */
  async mute(message: ServerMessage & { type: 'muteForced' }): Promise<string[]> {
    await this.#declared
    const isMeant = (id: string) =>
      'streamId' in message ? id === message.streamId : message.active && !message.excludedStreamIds.includes(id)
    const meant = [...this.publications].filter(({ stream }) => stream && isMeant(stream.id))
    const ids = meant.map(({ stream }) => stream!.id)
    // They are mute now, even if the others cannot be notified.
    await Promise.allSettled(meant.map((publication) => publication.setAudio(false)))
    return ids
  }

  /** The connection was lost, and every call is lost with it. */
  hangUp(): void {
    for (const publication of this.publications) publication.hangUp()
    for (const subscription of this.#subscriptions.values()) subscription.hangUp('the connection was lost')
  }

  /** Publishes again what was published before; what is refused now is without a stream. */
  async declareAll(): Promise<void> {
    await Promise.allSettled([...this.publications].map((publication) => this.#declare(publication)))
  }

  async #declare(publication: Publication): Promise<void> {
    const declaring = publication.declare()
    this.#declared = Promise.allSettled([this.#declared, declaring])
    if ((await declaring) && publication.stream) this.#deps.muted(publication.stream.id)
  }

  /** Others may subscribe to a stream before its publisher knows its id. */
  async #partOf({ streamId }: Relayed): Promise<Publication | Subscription | undefined> {
    const known = () => this.#publicationOf(streamId) ?? this.#subscriptions.get(streamId)
    return known() ?? this.#declared.then(known)
  }

  #left(connection: string): void {
    for (const publication of this.publications) publication.hangUp(connection)
  }

  #publicationOf(streamId: string): Publication | undefined {
    return [...this.publications].find(({ stream }) => stream?.id === streamId)
  }

  #forget(streamId: string): void {
    const publication = this.#publicationOf(streamId)
    if (!publication) return
    publication.hangUp()
    this.publications.delete(publication)
  }

  async #iceServers(): Promise<IceServer[]> {
    return (await this.#deps.ask({ type: 'iceServers' })).iceServers ?? []
  }
}
