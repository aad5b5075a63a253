/* What a server and the clients of a session say to each other. Browsers read these types too: nothing of Node here. */

/** What a client may do: see, also send, only send, also throw others out. */
export type SessionRole = 'subscriber' | 'publisher' | 'publisheronly' | 'moderator'

export interface SessionConnection {
  id: string
  /** What the application said of it in its token. */
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

/** What of a stream may change while it is there. */
export interface StreamState {
  layoutClassList: string[]
  hasAudio: boolean
  hasVideo: boolean
}

export interface Signal {
  type: string
  data: string
}

/** What the server says without being asked. */
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

/** The first of all. */
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

/** What another client says about a call; `from` is the server's word. */
export type Relayed = { from: string } & Relay

/** What two clients say to each other to begin a call; what stands in `sdp` and `candidate` is theirs. */
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

/** As browsers want it. */
export interface IceServer {
  urls: string[]
  username?: string
  credential?: string
}

/** An answer, by the request that it is to. */
export type SessionAnswer<Request> = { request: Request } & (
  | { type: 'done'; stream?: SessionStream; muted?: boolean; iceServers?: IceServer[] }
  | { type: 'error'; code: number; message: string }
)
