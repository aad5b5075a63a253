import type { Candidate, IceServer } from '@carillon/contract/session-messages'

/*
 * What is used of the platform. In Node there is no WebRTC and the types of browsers are not loaded. For a caller that
 * has them, a `Media` is a MediaStream, which a video element takes.
 */

export type Media = typeof globalThis extends { MediaStream: { prototype: infer Stream } } ? Stream : MediaLike

export interface MediaLike {
  getTracks(): Track[]
  getAudioTracks(): Track[]
  getVideoTracks(): Track[]
  addTrack(track: Track): void
}

interface Track {
  enabled: boolean
}

interface Description {
  type: 'offer' | 'answer'
  sdp: string
}

export interface Peer {
  readonly connectionState: 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed'
  readonly localDescription: { sdp: string } | null
  onnegotiationneeded: (() => void) | null
  onconnectionstatechange: (() => void) | null
  onicecandidate: ((event: { candidate: { toJSON(): Candidate } | null }) => void) | null
  ontrack: ((event: { track: Track }) => void) | null
  addTransceiver(track: Track, init: { direction: 'sendonly'; streams: MediaLike[] }): void
  setLocalDescription(): Promise<void>
  setRemoteDescription(description: Description): Promise<void>
  addIceCandidate(candidate: Candidate): Promise<void>
  restartIce(): void
  close(): void
}

interface Browser {
  RTCPeerConnection?: new (configuration: { iceServers: IceServer[] }) => Peer
  MediaStream?: new () => MediaLike
}

const { RTCPeerConnection, MediaStream } = globalThis as unknown as Browser

/** False in Node. */
export const hasMedia = RTCPeerConnection !== undefined

/** Only where there is media. */
export function newPeer(iceServers: IceServer[]): Peer {
  return new RTCPeerConnection!({ iceServers })
}

/** Only where there is media. */
export function newMedia(): MediaLike {
  return new MediaStream!()
}

/** A promise that is settled from outside. */
interface Later<T> {
  promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** `Promise.withResolvers`, which Node 20 and browsers of 2023 lack. */
export function later<T>(): Later<T> {
  const made: Partial<Later<T>> = {}
  const promise = new Promise<T>((resolve, reject) => Object.assign(made, { resolve, reject }))
  return { ...(made as Later<T>), promise }
}
