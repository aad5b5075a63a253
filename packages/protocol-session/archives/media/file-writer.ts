import type { ArchiveFiles, MediaPiece, NewArchiveFile, PlacedPiece } from '@carillon/contract'
import { Gather } from '../../gather.ts'

export interface FileWriterParts extends Omit<NewArchiveFile, 'startedAt'> {
  files: ArchiveFiles
  archive: string
  /** A try failed. */
  failed(error: unknown): void
  /** Nothing more can be written. */
  over(why: string): void
}

/** Bytes of one stream: two hours of a very good camera. */
const LONGEST = 4 * 1024 ** 3
/** Bytes that wait while the database does not take them. */
const MOST_WAITING = 32 * 1024 ** 2

const UNWRITTEN = 'The database did not take the media for too long.'

/** Writes a file into an archive, which has it from the first piece on. */
export class FileWriter {
  hasAudio = false
  hasVideo = false
  /** Milliseconds. */
  duration = 0
  /** Bytes. */
  size = 0
  readonly #parts: FileWriterParts
  readonly #pieces: Gather<PlacedPiece>
  #id: string | undefined
  #places = 0
  #waiting = 0
  #over = false

  constructor(parts: FileWriterParts) {
    this.#parts = parts
    this.#pieces = new Gather({
      take: (pieces) => this.#write(pieces),
      failed: (error, lost) => {
        parts.failed(error)
        if (lost > 0) this.#giveUp(UNWRITTEN)
      },
    })
  }

  take(piece: MediaPiece): void {
    if (this.#over) return
    const { hasAudio, hasVideo, duration, bytes, isHeader } = piece
    if (this.size + bytes.length > LONGEST) return this.#giveUp('The stream was longer than a file may be.')
    if (this.#waiting + bytes.length > MOST_WAITING) return this.#giveUp(UNWRITTEN)
    const place = isHeader ? 0 : ++this.#places
    if (!isHeader || this.size === 0) this.size += bytes.length
    Object.assign(this, { hasAudio, hasVideo, duration })
    this.#waiting += bytes.length
    this.#pieces.add({ place, piece })
  }

  /** Resolves once all is written that can be. */
  async end(reason: string): Promise<void> {
    await this.#pieces.stop()
    if (this.#id !== undefined) await this.#parts.files.end(this.#id, reason).catch(this.#parts.failed)
  }

  async #write(pieces: readonly PlacedPiece[]): Promise<void> {
    if (this.#over) return
    const isTaken = (await this.#begun(pieces[0]!.piece)) && (await this.#parts.files.write(this.#id!, pieces))
    for (const { piece } of pieces) this.#waiting -= piece.bytes.length
    if (!isTaken) this.#giveUp('The archive was closed.')
  }

  async #begun({ startedAt }: MediaPiece): Promise<boolean> {
    const { files, archive, streamId, stream } = this.#parts
    this.#id ??= (await files.begin(archive, { streamId, stream, startedAt })) ?? undefined
    return this.#id !== undefined
  }

  #giveUp(why: string): void {
    if (this.#over) return
    this.#over = true
    this.#parts.over(why)
  }
}
