import { WebmBase, WEBMContainer, type WebmOutput, type WebmTrack } from 'werift/nonstandard'
import type { MediaFrame, MediaKind, PictureSize } from '../frames.ts'
import type { Pieces } from './pieces.ts'

const DEFAULT_SIZE = { width: 640, height: 480 }
/** As of a file that is still being written: players find out for themselves. */
const DURATION_UNKNOWN = 0

/** A WebM file of frames in the order of their times. */
export class Webm {
  readonly #tracks: WebmTrack[]
  readonly #file: File
  readonly #pieces: Pieces
  #from: number | undefined
  #until = 0

  constructor(kinds: readonly MediaKind[], size: PictureSize | undefined, pieces: Pieces) {
    this.#tracks = tracks(kinds, size ?? DEFAULT_SIZE)
    this.#pieces = pieces
    this.#file = new File(this.#tracks, (output) => this.#save(output))
    this.#file.begin()
  }

  write(frame: MediaFrame): void {
    const { data, isKeyframe, time } = frame
    this.#from ??= time
    this.#until = time
    if (frame.kind === 'video') this.#file.processVideoInput({ frame: { data, isKeyframe, time } })
    else this.#file.processAudioInput({ frame: { data, isKeyframe, time } })
  }

  end(): void {
    this.#file.stop()
  }

  #save({ saveToFile, kind, eol }: WebmOutput): void {
    if (saveToFile && kind === 'initial') this.#pieces.header(saveToFile)
    else if (saveToFile) this.#pieces.add(saveToFile)
    if (eol) this.#pieces.header(this.#header())
  }

  /** Of our own: the library's counts the time before the last keyframe twice where only one kind came after it. */
  #header(): Uint8Array {
    const container = new WEBMContainer(this.#tracks)
    const duration = this.#until - (this.#from ?? this.#until)
    return Buffer.concat([container.ebmlHeader, container.createSegment(duration)])
  }
}

/** Its beginning is for those who extend it to call. */
class File extends WebmBase {
  begin(): void {
    this.start()
  }

  constructor(fileTracks: WebmTrack[], output: (output: WebmOutput) => void) {
    super(fileTracks, output, { duration: DURATION_UNKNOWN })
  }
}

function tracks(kinds: readonly MediaKind[], size: PictureSize): WebmTrack[] {
  return kinds
    .toSorted()
    .map((kind, n) =>
      kind === 'video'
        ? { kind, codec: 'VP8', clockRate: 90_000, trackNumber: n + 1, ...size }
        : { kind, codec: 'OPUS', clockRate: 48_000, trackNumber: n + 1 },
    )
}
