import type { IceServer, Relayed, SessionStream } from '@carillon/contract/session-messages'
import { hasMedia, type Media, type MediaLike, newPeer, type Peer } from './platform.ts'

export interface PublishOptions {
  name?: string
  /** Default `camera`. */
  videoType?: SessionStream['videoType']
  /** What a stream without media declares. Otherwise its tracks decide. */
  hasAudio?: boolean
  hasVideo?: boolean
}

export interface PublicationDeps {
  media: MediaLike | null
  options: PublishOptions
  iceServers(): Promise<IceServer[]>
  ask(message: object): Promise<{ stream?: SessionStream; muted?: boolean }>
  say(message: object): void
  /** It is not to be published again. */
  ended(): void
}

/** A stream that this client publishes: a call with each subscriber. */
export class Publication {
  /** As it is known to the others; another one after the connection was lost and has come back, none meanwhile. */
  stream: SessionStream | undefined
  readonly #deps: PublicationDeps
  readonly #peers = new Map<string, Peer | undefined>()
  #over = false

  constructor(deps: PublicationDeps) {
    this.#deps = deps
  }

  get media(): Media | null {
    return this.#deps.media
  }

  /** Turns the sound on or off, and notifies the others. @throws SessionError */
  setAudio(on: boolean): Promise<void> {
    return this.#set('hasAudio', this.#deps.media?.getAudioTracks() ?? [], on)
  }

  /** Turns the picture on or off, and notifies the others. @throws SessionError */
  setVideo(on: boolean): Promise<void> {
    return this.#set('hasVideo', this.#deps.media?.getVideoTracks() ?? [], on)
  }

  /** @throws SessionError */
  async end(): Promise<void> {
    const streamId = this.stream?.id
    this.#over = true
    this.hangUp()
    this.#deps.ended()
    if (streamId !== undefined) await this.#deps.ask({ type: 'unpublish', streamId })
  }

  /** Makes it known, again after a loss. @returns whether it had to be muted @internal */
  async declare(): Promise<boolean> {
    const { media, options, ask } = this.#deps
    const isOn = (tracks: { enabled: boolean }[]) => tracks.some(({ enabled }) => enabled)
    const has = media && { hasAudio: isOn(media.getAudioTracks()), hasVideo: isOn(media.getVideoTracks()) }
    const { stream, muted = false } = await ask({
      type: 'publish',
      stream: { hasAudio: false, hasVideo: false, ...options, ...has },
    })
    this.stream = stream
    // It was ended before it was known to have begun.
    if (this.#over) return this.end().then(() => false)
    if (muted) await this.setAudio(false)
    return muted
  }

  /** Ends the call with one subscriber, or all calls and the stream. @internal */
  hangUp(subscriber?: string): void {
    if (subscriber === undefined) this.stream = undefined
    for (const id of subscriber === undefined ? this.#peers.keys() : [subscriber]) {
      this.#peers.get(id)?.close()
      this.#peers.delete(id)
    }
  }

  /** Handles a message of a subscriber. @internal */
  async hear(said: Relayed): Promise<void> {
    const peer = this.#peers.get(said.from)
    if (said.type === 'subscribe') await this.#call(said.from)
    else if (said.type === 'unsubscribe') this.hangUp(said.from)
    else if (said.type === 'candidate') await peer?.addIceCandidate(said.candidate)
    else if (said.type === 'answer') await peer?.setRemoteDescription({ type: 'answer', sdp: said.sdp })
  }

  async #call(subscriber: string): Promise<void> {
    const { media, iceServers } = this.#deps
    if (!media || !hasMedia) return
    this.hangUp(subscriber)
    this.#peers.set(subscriber, undefined)
    const servers = await iceServers()
    // It may have left meanwhile, or asked again.
    if (!this.#peers.has(subscriber) || this.#peers.get(subscriber)) return
    const peer = newPeer(servers)
    this.#peers.set(subscriber, peer)
    this.#tie(peer, subscriber)
    for (const track of media.getTracks()) peer.addTransceiver(track, { direction: 'sendonly', streams: [media] })
  }

  /** Whatever asks for another offer, the restart of a call that failed among it, gets one. */
  #tie(peer: Peer, to: string): void {
    const tell = (message: object) => this.#deps.say({ ...message, to, streamId: this.stream?.id })
    peer.onicecandidate = ({ candidate }) => {
      if (candidate?.toJSON().candidate) tell({ type: 'candidate', candidate: candidate.toJSON() })
    }
    peer.onnegotiationneeded = () => {
      void peer.setLocalDescription().then(() => tell({ type: 'offer', sdp: peer.localDescription?.sdp }), ignore)
    }
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === 'failed') peer.restartIce()
    }
  }

  async #set(what: 'hasAudio' | 'hasVideo', tracks: { enabled: boolean }[], on: boolean): Promise<void> {
    for (const track of tracks) track.enabled = on
    const has = on && (tracks.length > 0 || this.#deps.media === null)
    await this.#deps.ask({ type: 'change', streamId: this.stream?.id, [what]: has })
  }
}

/** The peer was closed meanwhile. */
function ignore(): void {}
