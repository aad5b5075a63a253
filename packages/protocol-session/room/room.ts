import type { ArchiveAnnouncement, SessionConnection, SessionStream, Signal } from '@carillon/contract/session-messages'
import type { MediaOrder } from '../archives/media/media-orders.ts'

/** Who is connected to sessions and what they publish, over all processes. Sessions that nobody is in are empty. */
export interface Rooms {
  connections(app: number, session: string): Promise<SessionConnection[]>
  streams(app: number, session: string): Promise<SessionStream[]>
  /**
   * From the application, to one connection or to all.
   * @returns false when the connection is not there
   */
  signal(app: number, session: string, signal: Signal, to?: string): Promise<boolean>
  /** @returns false when the connection is not there */
  disconnect(app: number, session: string, connection: string): Promise<boolean>
  /** @returns false when the stream is not there */
  mute(app: number, session: string, stream: string): Promise<boolean>
  /** @param active whether streams that are published from now on are muted too */
  muteAll(app: number, session: string, active: boolean, excludedStreams: readonly string[]): Promise<void>
  /** @returns false, having changed nothing, when one of the streams is not there */
  setLayout(app: number, session: string, layouts: readonly StreamLayout[]): Promise<boolean>
  /** What an archive wants of a stream's publisher. @returns false when it cannot be */
  record(app: number, session: string, order: MediaOrder): Promise<boolean>
  /** Everything that happens in sessions is told in one process: the one it happens in. */
  onEvent(listener: (event: SessionEvent) => void): void
  /** Tells everyone in a session. */
  announce(app: number, session: string, event: ArchiveAnnouncement): Promise<void>
}

export interface StreamLayout {
  id: string
  layoutClassList: string[]
}

/** What happened in a session, for archives and callbacks. */
export type SessionEvent = {
  app: number
  session: string
  /** Unix milliseconds. */
  at: number
} & (
  | { type: 'connectionCreated'; connection: SessionConnection }
  | { type: 'connectionDestroyed'; connection: SessionConnection; reason: EndReason }
  | { type: 'streamCreated'; stream: SessionStream; connection: SessionConnection }
  | { type: 'streamDestroyed'; stream: SessionStream; connection: SessionConnection; reason: EndReason }
  /** `from` null: the application; `to` null: everyone. */
  | { type: 'signal'; signal: Signal; from: string | null; to: string | null }
  /** `streams` are those that were to be muted; `active` as of `muteAll`, undefined for one stream. */
  | { type: 'muteForced'; streams: string[]; active?: boolean }
)

export type EndReason =
  | 'clientDisconnected'
  | 'forceDisconnected'
  | 'networkDisconnected'
  | 'clientUnpublished'
  | 'forceUnpublished'
