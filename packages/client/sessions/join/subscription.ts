import type { IceServer, Relayed, SessionStream } from '@carillon/contract/session-messages'
import { SessionError } from './errors.ts'
import { hasMedia, later, type Media, type MediaLike, newMedia, newPeer, type Peer } from './platform.ts'

export interface SubscriptionDeps {
  stream: SessionStream
  iceServers: IceServer[]
  /** Milliseconds until the media has to be there. */
  within: number
  say(message: object): void
  ask(message: object): Promise<unknown>
  ended(): void
}

/** Another's stream: a call that its publisher offers. */
export class Subscription {
  readonly stream: SessionStream
  readonly #deps: SubscriptionDeps
  readonly #peer: Peer
  readonly #media: MediaLike = newMedia()
  readonly #connected = later<void>()

  constructor(deps: SubscriptionDeps) {
    this.#deps = deps
    this.stream = deps.stream
    this.#peer = newPeer(deps.iceServers)
    this.#peer.ontrack = ({ track }) => this.#media.addTrack(track)
    this.#peer.onicecandidate = ({ candidate }) => {
      if (candidate?.toJSON().candidate) this.#tell({ type: 'candidate', candidate: candidate.toJSON() })
    }
    this.#peer.onconnectionstatechange = () => {
      if (this.#peer.connectionState === 'connected') this.#connected.resolve()
    }
    this.#connected.promise.catch(() => {})
  }

  /** For `video.srcObject`. */
  get media(): Media {
    return this.#media
  }

  /** Ends the call. */
  end(): void {
    this.#deps.say({ type: 'unsubscribe', streamId: this.stream.id })
    this.hangUp('You ended the subscription')
  }

  /** Resolves once the media comes. @throws SessionError @internal */
  async begin(): Promise<void> {
    const { ask, within } = this.#deps
    const late = setTimeout(() => this.#connected.reject(noWay()), within)
    try {
      await ask({ type: 'subscribe', streamId: this.stream.id })
      await this.#connected.promise
    } catch (error) {
      this.end()
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  /** Handles a message of the publisher. @internal */
  async hear(said: Relayed): Promise<void> {
    if (said.type === 'candidate') await this.#peer.addIceCandidate(said.candidate)
    if (said.type !== 'offer') return
    await this.#peer.setRemoteDescription({ type: 'offer', sdp: said.sdp })
    await this.#peer.setLocalDescription()
    this.#tell({ type: 'answer', sdp: this.#peer.localDescription?.sdp })
  }

  /** @internal */
  hangUp(why: string): void {
    this.#peer.close()
    this.#connected.reject(new SessionError('unavailable', `The call has ended: ${why}`))
    this.#deps.ended()
  }

  #tell(message: object): void {
    this.#deps.say({ ...message, to: this.stream.connectionId, streamId: this.stream.id })
  }
}

/** @throws SessionError in Node */
export function checkHasMedia(): void {
  if (!hasMedia) throw new SessionError('invalid', 'WebRTC is not available: media requires a browser')
}

function noWay(): SessionError {
  const why = 'the stream may have no media, or the server may need a TURN server in ICE_SERVERS'
  return new SessionError('unavailable', `No media arrived in time: ${why}`)
}
