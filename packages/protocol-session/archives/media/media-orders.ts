import type { Archive } from '@carillon/contract'
import type { SessionStream } from '@carillon/contract/session-messages'

/** What the process that holds a publisher's connection is asked to do. */
export type MediaOrder =
  | {
      type: 'record'
      archive: string
      stream: Pick<SessionStream, 'id' | 'videoType' | 'name'>
      hasAudio: boolean
      hasVideo: boolean
    }
  /** @param at Unix milliseconds of the archive's end, if it has ended */
  | { type: 'endRecording'; archive: string; streamId: string; at?: number }

/** Begins with this where other peers of a call have their connection's id. */
const RECORDER = 'recorder:'

/** By what a publisher's client knows the recorder of an archive: one more who subscribes. */
export function recorderOf(archive: string): string {
  return RECORDER + archive
}

export function isRecorder(peer: string): boolean {
  return peer.startsWith(RECORDER)
}

/** Media of streams that are to be recorded now, where this archive is of any. */
export function recordOrders(archive: Archive, streams: readonly SessionStream[]): MediaOrder[] {
  const { id, wantsAudio, wantsVideo, streamMode } = archive
  return streams.flatMap(({ id: streamId, videoType, name }) => {
    const chosen = archive.streams.find((one) => one.streamId === streamId)
    if (streamMode === 'manual' && !chosen) return []
    const hasAudio = wantsAudio && chosen?.hasAudio !== false
    const hasVideo = wantsVideo && chosen?.hasVideo !== false
    if (!hasAudio && !hasVideo) return []
    return [{ type: 'record', archive: id, stream: { id: streamId, videoType, name }, hasAudio, hasVideo }]
  })
}
