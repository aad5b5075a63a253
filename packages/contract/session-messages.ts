/* The messages between a server and the clients of a session. Browsers use these types too, so nothing of Node is here. */

/** What a client may do: subscribe, also publish, only publish, also moderate others. */
export type SessionRole = 'subscriber' | 'publisher' | 'publisheronly' | 'moderator'

export interface SessionConnection {
  id: string
  /** The data that the application put into its token. */
  data: string
  role: SessionRole
  /** Unix milliseconds. */
  createdAt: number
}

export interface SessionStream extends StreamState {
  id: string
  connectionId: string
  videoType: 'camera' | 'screen' | 'custom'
  name: string
  /** Unix milliseconds. */
  createdAt: number
}

/** What may change while a stream exists. */
export interface StreamState {
  layoutClassList: string[]
  hasAudio: boolean
  hasVideo: boolean
}

export interface Signal {
  type: string
  data: string
}

/** Messages that the server sends unprompted. */
export type ServerMessage =
  | Connected
  | { type: 'connectionCreated' | 'connectionDestroyed'; connection: SessionConnection }
  | { type: 'streamCreated' | 'streamDestroyed'; stream: SessionStream }
  | ({ type: 'streamChanged'; streamId: string } & StreamState)
  /** `from` null: the application. */
  | { type: 'signal'; from: string | null; signal: Signal }
  /** To a stream's publisher alone. */
  | { type: 'muteForced'; streamId: string }
  /** To all. */
  | { type: 'muteForced'; active: boolean; excludedStreamIds: readonly string[] }
  | { type: 'forceUnpublished'; streamId: string }
  | { type: 'forceDisconnected' }
  | ArchiveAnnouncement
  | { type: 'push'; event: string; data: unknown }
  | Relayed

/** The first message. */
export interface Connected {
  type: 'connected'
  connectionId: string
  connections: SessionConnection[]
  streams: SessionStream[]
}

export interface ArchiveAnnouncement {
  type: 'archiveStarted' | 'archiveStopped'
  id: string
  name: string | null
}

/** A message of another client about a call. The server sets `from`. */
export type Relayed = { from: string } & Relay

/** The messages by which two clients set up a call. The server passes `sdp` and `candidate` on unchanged. */
export type Relay = { streamId: string } & (
  | { type: 'subscribe' | 'unsubscribe' }
  | { type: 'offer' | 'answer'; sdp: string }
  | { type: 'candidate'; candidate: Candidate }
)

/** As `RTCIceCandidate.toJSON()` has it. */
export interface Candidate {
  candidate: string
  sdpMid?: string | null | undefined
  sdpMLineIndex?: number | null | undefined
  usernameFragment?: string | null | undefined
}

/** As browsers expect it. */
export interface IceServer {
  urls: string[]
  username?: string
  credential?: string
}

/** The answer to the request of that number. */
export type SessionAnswer<Request> = { request: Request } & (
  | { type: 'done'; stream?: SessionStream; muted?: boolean; iceServers?: IceServer[] }
  | { type: 'error'; code: number; message: string }
)
