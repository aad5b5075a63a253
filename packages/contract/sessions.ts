import type { Candidate } from './session-messages.ts'

/** A place where clients meet. Whether anyone is in it is not its own matter. */
export interface Session extends NewSession {
  /** Unix milliseconds. */
  createdAt: number
}

export interface NewSession {
  id: string
  app: number
  /** IPv4 address near its first client, or ''. */
  location: string
  /** Clients send media to each other, not through a router. */
  relayed: boolean
  /** Archived whenever someone is in it. */
  archived: boolean
  /** Of automatic archives. */
  archiveName: string | null
  archiveResolution: string | null
  /** Clients encrypt media end to end. */
  e2ee: boolean
}

/** Where sessions are kept: for good, and unchanged. */
export interface Sessions {
  create(session: NewSession): Promise<Session>
  find(app: number, id: string): Promise<Session | null>
}

/** What an app's servers can hear of. */
export const sessionCallbackEvents = {
  connection: ['created', 'destroyed'],
  stream: ['created', 'destroyed'],
  archive: ['status'],
} as const

export type SessionCallbackGroup = keyof typeof sessionCallbackEvents

export interface SessionCallback {
  /** A UUID. */
  id: string
  group: SessionCallbackGroup
  event: string
  url: string
  /** Unix milliseconds. */
  createdAt: number
}

/** Where apps say what they want to hear of. */
export interface SessionCallbacks {
  /** @returns null when the app has as many as it may have */
  add(app: number, callback: Pick<SessionCallback, 'group' | 'event' | 'url'>): Promise<SessionCallback | null>
  list(app: number): Promise<SessionCallback[]>
  /** @returns whether there was one */
  remove(app: number, id: string): Promise<boolean>
}

/** Records what browsers send: each stream becomes a WebM file. */
export interface MediaRecorder {
  /** Nothing comes before an offer was taken. */
  open(options: RecordedCallOptions): RecordedCall
  /** Ends all calls. */
  stop(): Promise<void>
}

export interface RecordedCallOptions {
  /** What is wanted of what is offered. */
  hasAudio: boolean
  hasVideo: boolean
  /** As an `RTCPeerConnection` takes them. */
  iceServers: readonly { urls: string[]; username?: string; credential?: string }[]
  /** Pieces of the file in order; the first is its header, as is one that comes later in the place of that. */
  wrote(piece: MediaPiece): void
  /** Once, after the last piece. @param why it ended; '' when it was asked to */
  ended(why: string): void
}

/** One browser's connection with the recorder. Nothing throws after the end. */
export interface RecordedCall {
  /**
   * The first, or another one such as for a new way through the network.
   * @param sdp of an offer to send
   * @returns the SDP of the answer, all candidates in it
   * @throws Error when the offer cannot be understood, or is of no codec that is recorded: VP8 and Opus
   */
  offer(sdp: string): Promise<string>
  /** As `RTCIceCandidate.toJSON()` has it. */
  candidate(candidate: Candidate): void
  /** Resolves once it has ended. */
  end(): Promise<void>
}

export interface MediaPiece {
  bytes: Uint8Array
  isHeader: boolean
  /** What there is up to here. */
  hasAudio: boolean
  hasVideo: boolean
  /** Unix milliseconds of what comes first in the file. */
  startedAt: number
  /** Milliseconds from then up to here. */
  duration: number
}
