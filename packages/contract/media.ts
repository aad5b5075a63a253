import type { Candidate } from './session-messages.ts'
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
