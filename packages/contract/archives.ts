import type { MediaPiece, Session } from './sessions.ts'

/** While `started` or `paused` it runs; `stopped` it is being put together. */
export type ArchiveStatus = 'started' | 'paused' | 'stopped' | 'available' | 'failed' | 'expired'

/** What a new archive is to be. */
export interface NewArchive {
  app: number
  sessionId: string
  name: string | null
  outputMode: 'composed' | 'individual'
  streamMode: 'auto' | 'manual'
  resolution: string | null
  /** Of those that run in one session at once each has another. */
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
  /** Why it is not as one might expect; ''. */
  reason: string
  /** Those that were chosen, in manual mode. */
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

/** An archive that has run for long enough. */
export interface OverdueArchive {
  archive: Archive
  /** Nobody was in its session for too long; nobody published there; it is as long as one may be. */
  because: 'empty' | 'quiet' | 'long'
}

/** Where archives are kept. Those that finished something are told by it apart from those that found it finished. */
export interface Archives {
  files: ArchiveFiles
  /** Those of a session that run. */
  running(app: number, sessionId: string): Promise<Archive[]>
  /** Of these sessions, those in which an archive runs and those that are archived whenever someone is in them. */
  concerned(sessionIds: readonly string[]): Promise<Session[]>
  /** @returns null when one of the same tag runs in the session */
  start(archive: NewArchive): Promise<Archive | null>
  find(app: number, id: string): Promise<Archive | null>
  /** Newest first. */
  list(page: ArchivePage): Promise<{ total: number; archives: Archive[] }>
  /**
   * Whether nobody is in the session: then what runs there is paused.
   * @returns those whose status changed
   */
  setEmpty(app: number, sessionId: string, empty: boolean): Promise<Archive[]>
  /** Whether nobody publishes in the session. */
  setQuiet(app: number, sessionId: string, quiet: boolean): Promise<void>
  addStream(archive: Archive, stream: ArchivedStream): Promise<void>
  removeStream(archive: Archive, streamId: string): Promise<void>
  /** @returns null when it does not run */
  stop(app: number, id: string, reason: string): Promise<Archive | null>
  /** Adds to what runs, and what happened before it was stopped to what is not closed. */
  write(lines: readonly ArchiveLine[]): Promise<void>
  overdue(limits: ArchiveLimits): Promise<OverdueArchive[]>
  /**
   * Closes those that were stopped so many seconds ago: they take no more. Files that are being written have as long
   * again, a few times.
   */
  close(seconds: number): Promise<Archive[]>
  /** Lines of a closed archive in order, each with its end, many at a time. */
  content(id: string): AsyncIterable<string>
  /** @returns null when it was made available before */
  makeAvailable(id: string, content: { size: number; sha256: string; reason?: string }): Promise<Archive | null>
  /** Removes the content of what was available for so long, and what expired as long ago. @returns what expired now */
  expire(seconds: number): Promise<Archive[]>
  /** @returns whether it was available */
  remove(app: number, id: string): Promise<boolean>
}

/** Seconds. */
export interface ArchiveLimits {
  /** An archive may run. */
  longest: number
  /** It goes on while nobody is in its session. */
  empty: number
  /** An automatic one goes on while nobody publishes there. */
  quiet: number
}

export interface ArchivePage {
  app: number
  sessionId?: string | undefined
  offset: number
  limit: number
}

/** What was recorded of one stream: a WebM file. */
export interface ArchiveFile {
  /** A UUID. */
  id: string
  streamId: string
  /** What is known of the stream besides. */
  stream: { connectionData: string; videoType: string; name: string }
  hasAudio: boolean
  hasVideo: boolean
  /** Unix milliseconds of its beginning. */
  startedAt: number
  /** Milliseconds. */
  duration: number
  /** Bytes. */
  size: number
  /** Why it ended; null: whoever wrote it did not come to that. */
  reason: string | null
}

export type NewArchiveFile = Pick<ArchiveFile, 'streamId' | 'stream' | 'startedAt'>

/** Files of archives, in pieces, so that any process reads what another one wrote. */
export interface ArchiveFiles {
  /** @returns its id; null when the archive takes no more */
  begin(archiveId: string, file: NewArchiveFile): Promise<string | null>
  /**
   * Pieces with their places, of which 0 is the header: whatever was in a place is replaced.
   * @returns false when the archive takes no more
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
