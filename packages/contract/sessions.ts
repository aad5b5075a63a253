import type { Candidate } from './session-messages.ts'

/** A session that clients can join. It does not record who is in it. */
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
  /** The name of automatic archives. */
  archiveName: string | null
  archiveResolution: string | null
  /** Clients encrypt media end to end. */
  e2ee: boolean
}

/** The store of sessions. They are kept for ever and never changed. */
export interface Sessions {
  create(session: NewSession): Promise<Session>
  find(app: number, id: string): Promise<Session | null>
}

/** The events that an app's servers can subscribe to. */
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

/** The store of apps' subscriptions to these events. */
export interface SessionCallbacks {
  /** @returns null when the app has as many as it may have */
  add(app: number, callback: Pick<SessionCallback, 'group' | 'event' | 'url'>): Promise<SessionCallback | null>
  list(app: number): Promise<SessionCallback[]>
  /** @returns whether there was one */
  remove(app: number, id: string): Promise<boolean>
}

/** Records the media that browsers send. Each stream becomes a WebM file. */
export interface MediaRecorder {
  /** Nothing is recorded before an offer was accepted. */
  open(options: RecordedCallOptions): RecordedCall
  /** Ends all calls. */
  stop(): Promise<void>
}

export interface RecordedCallOptions {
  /** Which of the offered media to record. */
  hasAudio: boolean
  hasVideo: boolean
  /** As an `RTCPeerConnection` takes them. */
  iceServers: readonly { urls: string[]; username?: string; credential?: string }[]
  /** Receives the pieces of the file in order. The first is its header; a later header replaces it. */
  wrote(piece: MediaPiece): void
  /** Called once, after the last piece. @param why it ended; '' when it was asked to */
  ended(why: string): void
}

/** One browser's connection with the recorder. Nothing throws after the end. */
export interface RecordedCall {
  /**
   * The first offer, or a later one, for example after a change of the network.
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
  /** The media up to the end of this piece. */
  hasAudio: boolean
  hasVideo: boolean
  /** Unix milliseconds of the first media in the file. */
  startedAt: number
  /** Milliseconds from then to the end of this piece. */
  duration: number
}
