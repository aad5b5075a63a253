import type { Candidate, IceServer } from '@carillon/contract/session-messages'

/*
 * As much of WebRTC as is used here. In Node, where there is none, types of browsers are not loaded; a caller that
 * has them sees them: a `Media` is a MediaStream then, which a video element takes.
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
