import type { MediaPiece, Session } from './sessions.ts'

/** An archive runs while it is `started` or `paused`. While it is `stopped`, its file is being assembled. */
export type ArchiveStatus = 'started' | 'paused' | 'stopped' | 'available' | 'failed' | 'expired'

/** The properties of a new archive. */
export interface NewArchive {
  app: number
  sessionId: string
  name: string | null
  outputMode: 'composed' | 'individual'
  streamMode: 'auto' | 'manual'
  resolution: string | null
  /** Unique among the archives that run in the session. */
  tag: string
  /** Started because the session is archived whenever someone is in it. */
  automatic: boolean
  /** Media that is to be recorded. */
  wantsAudio: boolean
  wantsVideo: boolean
  /** Nobody is in the session. */
  empty: boolean
  /** Nobody publishes in it. */
  quiet: boolean
}

/** What happened in a session, as JSON Lines, and what was recorded of its streams. */
export interface Archive extends Omit<NewArchive, 'tag' | 'empty' | 'quiet'> {
  /** A UUID. */
  id: string
  status: ArchiveStatus
  /** Why the archive is incomplete or failed; empty otherwise. */
  reason: string
  /** The streams that were chosen, in manual mode. */
  streams: ArchivedStream[]
  /** Media that was recorded so far. */
  hasAudio: boolean
  hasVideo: boolean
  /** Unix milliseconds, as all times here. */
  createdAt: number
  updatedAt: number
  /** Null while it runs. */
  stoppedAt: number | null
  /** Bytes; 0 until it is available. */
  size: number
  /** Hex; null until it is available. */
  sha256: string | null
}

export interface ArchivedStream {
  streamId: string
  hasAudio: boolean
  hasVideo: boolean
}

/** A line of every archive that runs in the session. */
export interface ArchiveLine {
  app: number
  sessionId: string
  /** Unix milliseconds: lines are put in this order. */
  at: number
  /** JSON, without the line's end. */
  text: string
}

/** An archive that is to be stopped. */
export interface OverdueArchive {
  archive: Archive
  /** The session was empty for too long, nobody published for too long, or the archive reached the longest duration. */
  because: 'empty' | 'quiet' | 'long'
}

/** The store of archives. Results distinguish the caller that completed a step from callers that found it completed. */
export interface Archives {
  files: ArchiveFiles
  /** The archives that run in a session. */
  running(app: number, sessionId: string): Promise<Archive[]>
  /** Among these sessions, those in which an archive runs and those that are archived whenever someone is in them. */
  concerned(sessionIds: readonly string[]): Promise<Session[]>
  /** @returns null when one of the same tag runs in the session */
  start(archive: NewArchive): Promise<Archive | null>
  find(app: number, id: string): Promise<Archive | null>
  /** Newest first. */
  list(page: ArchivePage): Promise<{ total: number; archives: Archive[] }>
  /**
   * Records whether nobody is in the session. While nobody is, its running archives are paused.
   * @returns those whose status changed
   */
  setEmpty(app: number, sessionId: string, empty: boolean): Promise<Archive[]>
  /** Records whether nobody publishes in the session. */
  setQuiet(app: number, sessionId: string, quiet: boolean): Promise<void>
  addStream(archive: Archive, stream: ArchivedStream): Promise<void>
  removeStream(archive: Archive, streamId: string): Promise<void>
  /** @returns null when it does not run */
  stop(app: number, id: string, reason: string): Promise<Archive | null>
  /** Adds lines to running archives. Lines from before an archive was stopped are added until it is closed. */
  write(lines: readonly ArchiveLine[]): Promise<void>
  overdue(limits: ArchiveLimits): Promise<OverdueArchive[]>
  /**
   * Closes archives that were stopped so many seconds ago: they accept nothing more. An archive whose files are still
   * being written has a few times as long.
   */
  close(seconds: number): Promise<Archive[]>
  /** Lines of a closed archive in order, each with its end, many at a time. */
  content(id: string): AsyncIterable<string>
  /** @returns null when it was made available before */
  makeAvailable(id: string, content: { size: number; sha256: string; reason?: string }): Promise<Archive | null>
  /**
   * Removes the content of archives that were available for so long, and archives that expired as long ago.
   * @returns those that expired now
   */
  expire(seconds: number): Promise<Archive[]>
  /** @returns whether it was available */
  remove(app: number, id: string): Promise<boolean>
}

/** Seconds. */
export interface ArchiveLimits {
  /** An archive may run. */
  longest: number
  /** It keeps running while nobody is in its session. */
  empty: number
  /** An automatic archive keeps running while nobody publishes in the session. */
  quiet: number
}

export interface ArchivePage {
  app: number
  sessionId?: string | undefined
  offset: number
  limit: number
}

/** The recording of one stream: a WebM file. */
export interface ArchiveFile {
  /** A UUID. */
  id: string
  streamId: string
  /** Further properties of the stream. */
  stream: { connectionData: string; videoType: string; name: string }
  hasAudio: boolean
  hasVideo: boolean
  /** Unix milliseconds of its beginning. */
  startedAt: number
  /** Milliseconds. */
  duration: number
  /** Bytes. */
  size: number
  /** Why it ended; null when its writer did not get as far as ending it. */
  reason: string | null
}

export type NewArchiveFile = Pick<ArchiveFile, 'streamId' | 'stream' | 'startedAt'>

/** Files of archives, in pieces, so that any process reads what another one wrote. */
export interface ArchiveFiles {
  /** @returns its id; null when the archive is closed */
  begin(archiveId: string, file: NewArchiveFile): Promise<string | null>
  /**
   * Writes pieces at their places, of which 0 is the header. A piece replaces what was at its place.
   * @returns false when the archive is closed
   */
  write(id: string, pieces: readonly PlacedPiece[]): Promise<boolean>
  end(id: string, reason: string): Promise<void>
  /** In the order in which they began. */
  list(archiveId: string): Promise<ArchiveFile[]>
  /** In order. */
  content(id: string): AsyncIterable<Uint8Array>
}

export interface PlacedPiece {
  place: number
  piece: MediaPiece
}
