import { createHmac } from 'node:crypto'
import { type App, type Archive, sameSignature } from '@carillon/contract'
import { contentName } from './content.ts'

const NO_MEDIA = 'No media was recorded: the archive contains events, as JSON Lines.'
const NOT_WANTED = 'Media is recorded with the outputMode individual.'
const NOBODY_SENT = 'No client that published opened a connection to the recorder.'

/**
 * An archive as callers and callbacks see it.
 * @param base where its content is reached; absent: its address is not known
 */
export function archiveJson(app: App, archive: Archive, base: string | undefined): object {
  const { id, name, sessionId, status, outputMode, streamMode, streams, resolution, createdAt, updatedAt } = archive
  const isThere = status === 'available' && base !== undefined
  return {
    id,
    name,
    sessionId,
    projectId: app.key,
    partnerId: partnerId(app.key),
    createdAt,
    updatedAt,
    duration: durationOf(archive),
    size: archive.size,
    status,
    reason: [archive.reason, mediaReason(archive)].filter(Boolean).join(' '),
    hasAudio: archive.hasAudio,
    hasVideo: archive.hasVideo,
    outputMode,
    streamMode,
    streams,
    resolution,
    url: isThere ? base + downloadPath(app, archive) : null,
    sha256sum: archive.sha256,
  }
}

function mediaReason({ hasAudio, hasVideo, outputMode, wantsAudio, wantsVideo, stoppedAt }: Archive): string {
  if (hasAudio || hasVideo) return ''
  if (outputMode === 'composed') return `${NO_MEDIA} ${NOT_WANTED}`
  if (!wantsAudio && !wantsVideo) return NO_MEDIA
  return stoppedAt === null ? 'No media has arrived so far.' : `${NO_MEDIA} ${NOBODY_SENT}`
}

/** In OpenTok the key of an app is a number. */
function partnerId(key: string): number | string {
  return /^[1-9]\d{0,14}$/.test(key) ? Number(key) : key
}

/** Seconds, once it was stopped. */
function durationOf({ createdAt, stoppedAt }: Archive): number {
  return stoppedAt === null ? 0 : Math.round((stoppedAt - createdAt) / 1000)
}

/** Seconds that an address is good for. */
const LIVES_S = 600

/** The path of an archive's content. Whoever has it may download the content for ten minutes. */
function downloadPath(app: App, archive: Archive): string {
  const { id } = archive
  const expires = Math.floor(Date.now() / 1000) + LIVES_S
  const signature = sign(app.secrets[0]!.secret, id, String(expires))
  const path = `/v2/project/${encodeURIComponent(app.key)}/archive/${id}/${contentName(archive)}`
  return `${path}?expires=${expires}&signature=${signature}`
}

/** Whether a secret of the app signed the query of an archive's path, and its time is not over. */
export function isDownloadSigned({ secrets }: App, id: string, query: URLSearchParams): boolean {
  const expires = query.get('expires') ?? ''
  const given = query.get('signature') ?? ''
  return (
    Number(expires) > Date.now() / 1000 && secrets.some(({ secret }) => sameSignature(given, sign(secret, id, expires)))
  )
}

function sign(secret: string, id: string, expires: string): string {
  return createHmac('sha256', secret).update(`archive:${id}:${expires}`).digest('hex')
}
