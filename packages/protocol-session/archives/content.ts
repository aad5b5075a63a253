import type { Archive, ArchiveFile, Archives } from '@carillon/contract'
import { makeZip } from 'client-zip'

/** An archive as it is downloaded: the same bytes each time. */
export interface ArchiveContent {
  name: 'events.jsonl' | 'archive.zip'
  type: string
  bytes: AsyncIterable<Uint8Array>
  /** How many recordings have no known reason for their end. */
  cutOff: number
}

export function contentName({ hasAudio, hasVideo }: Archive): ArchiveContent['name'] {
  return hasAudio || hasVideo ? 'archive.zip' : 'events.jsonl'
}

/** What happened, as JSON Lines; with media, a ZIP file of that, of a WebM file for each stream and of a list of them. */
export async function contentOf(archives: Archives, archive: Archive): Promise<ArchiveContent> {
  const name = contentName(archive)
  const events = bytesOf(archives.content(archive.id))
  if (name === 'events.jsonl') return { name, type: 'application/x-ndjson', bytes: events, cutOff: 0 }
  const files = (await archives.files.list(archive.id)).filter(({ size }) => size > 0)
  const cutOff = files.filter(({ reason }) => reason === null).length
  return { name, type: 'application/zip', bytes: makeZip(parts(archives, archive, files, events)), cutOff }
}

function* parts(
  archives: Archives,
  archive: Archive,
  files: readonly ArchiveFile[],
  events: AsyncIterable<Uint8Array>,
) {
  const lastModified = utcAsLocal(archive.createdAt)
  yield { name: `${archive.id}.json`, lastModified, input: JSON.stringify(manifest(archive, files), null, 2) }
  yield { name: 'events.jsonl', lastModified, input: events }
  for (const { id } of files) yield { name: fileName(id), lastModified, input: archives.files.content(id) }
}

/** The fields that OpenTok has in archives of single streams, and more. */
function manifest({ id, name, sessionId, createdAt }: Archive, files: readonly ArchiveFile[]): object {
  return { id, name, sessionId, createdAt, files: files.map((file) => manifestFile(file, createdAt)) }
}

function manifestFile(file: ArchiveFile, createdAt: number): object {
  const startTimeOffset = Math.max(0, file.startedAt - createdAt)
  return {
    streamId: file.streamId,
    filename: fileName(file.id),
    ...file.stream,
    size: file.size,
    startTimeOffset,
    stopTimeOffset: startTimeOffset + file.duration,
    hasAudio: file.hasAudio,
    hasVideo: file.hasVideo,
    reason: file.reason ?? CUT_OFF,
  }
}

const CUT_OFF = 'The recording is incomplete: the server stopped while it recorded.'

function fileName(id: string): string {
  return `${id}.webm`
}

async function* bytesOf(texts: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text)
}

/** Times in ZIP files have no zone. This makes them equal on every machine. */
function utcAsLocal(time: number): Date {
  return new Date(time + new Date(time).getTimezoneOffset() * 60_000)
}
