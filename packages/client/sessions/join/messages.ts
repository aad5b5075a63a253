import type { Candidate, IceServer } from './rtc.ts'

export interface SessionConnection {
  id: string
  /** What the application said of it in its token. */
  data: string
  role: 'subscriber' | 'publisher' | 'publisheronly' | 'moderator'
  /** Unix milliseconds. */
  createdAt: number
}

export interface SessionStream {
  id: string
  connectionId: string
  videoType: 'camera' | 'screen' | 'custom'
  name: string
  layoutClassList: string[]
  hasAudio: boolean
  hasVideo: boolean
  /** Unix milliseconds. */
  createdAt: number
}

/** What the server says without being asked. */
export type ServerMessage =
  | Connected
  | { type: 'connectionCreated' | 'connectionDestroyed'; connection: SessionConnection }
  | { type: 'streamCreated' | 'streamDestroyed'; stream: SessionStream }
  | ({ type: 'streamChanged'; streamId: string } & Pick<SessionStream, 'layoutClassList' | 'hasAudio' | 'hasVideo'>)
  | { type: 'signal'; from: string | null; signal: { type: string; data: string } }
  | { type: 'muteForced'; streamId: string }
  | { type: 'muteForced'; active: boolean; excludedStreamIds: string[] }
  | { type: 'forceUnpublished'; streamId: string }
  | { type: 'forceDisconnected' }
  | { type: 'archiveStarted' | 'archiveStopped'; id: string; name: string | null }
  | { type: 'push'; event: string; data: unknown }
  | Relayed

export interface Connected {
  type: 'connected'
  connectionId: string
  connections: SessionConnection[]
  streams: SessionStream[]
}

/** What another client says about a call. */
export type Relayed = { from: string; streamId: string } & (
  | { type: 'subscribe' | 'unsubscribe' }
  | { type: 'offer' | 'answer'; sdp: string }
  | { type: 'candidate'; candidate: Candidate }
)

/** An answer, by the request that it is to. */
export type Answer = { request: number } & (
  | { type: 'done'; stream?: SessionStream; muted?: boolean; iceServers?: IceServer[] }
  | { type: 'error'; code: number; message: string }
)
