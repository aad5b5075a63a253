import type { Candidate } from '@carillon/contract/session-messages'
import type { MediaPiece, RecordedCallOptions } from '@carillon/contract'

/** Where the outside world finds the recorder. */
export interface Network {
  /** UDP ports, both included; absent: any. */
  ports?: readonly [number, number] | undefined
  /** An address of this machine that it does not know of itself, such as the public one of a router before it. */
  address?: string | undefined
}

export type CallWishes = Pick<RecordedCallOptions, 'hasAudio' | 'hasVideo' | 'iceServers'>

/** To the thread. */
export type RecorderCommand = { call: number } & (
  | { type: 'open'; wishes: CallWishes; network: Network }
  | { type: 'offer'; request: number; sdp: string }
  | { type: 'candidate'; candidate: Candidate }
  | { type: 'end' }
)

/** From the thread. */
export type RecorderEvent = { call: number } & (
  | { type: 'answer'; request: number; sdp: string }
  | { type: 'refusal'; request: number; message: string }
  | { type: 'piece'; piece: MediaPiece }
  | { type: 'ended'; why: string }
)
