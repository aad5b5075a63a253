import { extname } from 'node:path'
import type { App, Archive, ArchivedStream } from '@carillon/contract'
import { methodNotAllowed, Refusal } from '@carillon/http'
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { archiveJson, isDownloadSigned } from '../archives/archive-json.ts'
import { contentName, contentOf } from '../archives/content.ts'
import { archiveName, flag, isUuid, layout, resolution, shortText, wholeNumber } from './fields.ts'
import {
  baseOf,
  checked,
  checkEncoding,
  json,
  noContent,
  queryOf,
  readJson,
  type SessionApiDeps,
  type SessionEnv,
} from './http.ts'
import { existingSession } from './sessions.ts'

/** Streams are not composed: how a composed archive is to look has no effect. */
const newArchive = z
  .object({
    sessionId: z.string('must be the id of a session'),
    name: archiveName.nullish(),
    hasAudio: flag.default(true),
    hasVideo: flag.default(true),
    outputMode: z.enum(['composed', 'individual'], 'must be composed or individual').default('composed'),
    streamMode: z.enum(['auto', 'manual'], 'must be auto or manual').default('auto'),
    layout: layout.optional(),
    resolution: resolution.optional(),
    multiArchiveTag: shortText.default(''),
    maxBitrate: z.number('must be a number').int().min(100_000).max(6_000_000).optional(),
  })
  .refine(({ outputMode, resolution: given }) => outputMode === 'composed' || given === undefined, {
    message: 'is allowed only with the outputMode composed',
    path: ['resolution'],
  })
  .refine(({ outputMode, layout: given }) => outputMode === 'composed' || given === undefined, {
    message: 'is allowed only with the outputMode composed',
    path: ['layout'],
  })

const DEFAULT_RESOLUTION = '640x480'

const archivePage = z.object({
  offset: wholeNumber(0, 999_999_999).optional(),
  count: wholeNumber(1, 1000).optional(),
  sessionId: shortText.optional(),
})

const DEFAULT_COUNT = 50

const streamChange = z
  .object({
    addStream: shortText.min(1, 'must not be empty').optional(),
    removeStream: shortText.min(1, 'must not be empty').optional(),
    hasAudio: flag.default(true),
    hasVideo: flag.default(true),
  })
  .refine(
    ({ addStream, removeStream }) => (addStream === undefined) !== (removeStream === undefined),
    'One of addStream and removeStream must be given',
  )

export function archiveRoutes(deps: SessionApiDeps): Hono<SessionEnv> {
  const { archives, recorder } = deps
  const shown = (c: Context<SessionEnv>, archive: Archive) =>
    archiveJson(c.get('app'), archive, baseOf(deps, c.req.raw))
  return new Hono<SessionEnv>()
    .post('/archive', async (c) => json(200, shown(c, await start(deps, c.get('app'), c.req.raw))))
    .get('/archive', async (c) => {
      const { offset = 0, count = DEFAULT_COUNT, sessionId } = checked(archivePage, Object.fromEntries(queryOf(c.env)))
      const found = await archives.list({ app: c.get('app').id, sessionId, offset, limit: count })
      return json(200, { count: found.total, items: found.archives.map((archive) => shown(c, archive)) })
    })
    .get('/archive/:id', async (c) => json(200, shown(c, await existingArchive(deps, c.get('app'), c.req.param('id')))))
    .delete('/archive/:id', async (c) => {
      const { app, id, status } = await existingArchive(deps, c.get('app'), c.req.param('id'))
      if (await archives.remove(app, id)) return noContent()
      throw new Refusal(409, `An archive can be deleted when it is available; this one is ${status}.`)
    })
    .post('/archive/:id/stop', async (c) => {
      const stopped = await recorder.stop(await existingArchive(deps, c.get('app'), c.req.param('id')), '')
      if (stopped) return json(200, shown(c, stopped))
      throw new Refusal(409, 'This archive was already stopped.')
    })
    .patch('/archive/:id/streams', async (c) => {
      const { addStream: added, removeStream: removed, ...media } = await readJson(c.req.raw, streamChange)
      const archive = await existingArchive(deps, c.get('app'), c.req.param('id'))
      if (archive.streamMode === 'auto')
        throw new Refusal(405, 'The streams of an archive can be chosen in manual streamMode.')
      if (removed !== undefined) await endStream(deps, archive, removed)
      else await chooseStream(deps, archive, { streamId: added!, ...media })
      return noContent()
    })
    .put('/archive/:id/layout', async (c) => {
      const wanted = await readJson(c.req.raw, layout)
      const archive = await existingArchive(deps, c.get('app'), c.req.param('id'))
      if (archive.outputMode !== 'composed') throw new Refusal(400, 'Only composed archives have a layout.')
      recorder.note(archive, { type: 'layoutChanged', archive: archive.id, layout: wanted })
      return json(200, shown(c, archive))
    })
}

/** @throws Refusal 404 */
async function existingArchive({ archives }: SessionApiDeps, app: App, id: string): Promise<Archive> {
  const archive = isUuid(id) ? await archives.find(app.id, id) : null
  if (!archive) throw new Refusal(404, 'The app has no such archive.')
  return archive
}

/** @throws Refusal 400, 404, 409 */
async function start(deps: SessionApiDeps, app: App, request: Request): Promise<Archive> {
  const {
    sessionId,
    name,
    outputMode,
    streamMode,
    multiArchiveTag: tag,
    ...given
  } = await readJson(request, newArchive)
  const session = await existingSession(deps, app, sessionId)
  const archive = await deps.recorder.start(session, {
    name: name ?? null,
    outputMode,
    streamMode,
    tag,
    resolution: outputMode === 'composed' ? (given.resolution ?? DEFAULT_RESOLUTION) : null,
    automatic: false,
    wantsAudio: outputMode === 'individual' && given.hasAudio,
    wantsVideo: outputMode === 'individual' && given.hasVideo,
  })
  if (archive) return archive
  throw new Refusal(409, 'An archive of this session runs already; another needs a multiArchiveTag of its own.')
}

async function endStream({ archives, recorder }: SessionApiDeps, archive: Archive, streamId: string): Promise<void> {
  await archives.removeStream(archive, streamId)
  await recorder.endRecording(archive, streamId)
}

/** @throws Refusal 404 */
async function chooseStream(deps: SessionApiDeps, archive: Archive, added: ArchivedStream): Promise<void> {
  const { archives, rooms, recorder } = deps
  const known = await rooms.streams(archive.app, archive.sessionId)
  const stream = known.find(({ id }) => id === added.streamId)
  if (!stream) throw new Refusal(404, 'There is no such stream in the session of the archive.')
  await archives.addStream(archive, added)
  const runs = archive.status === 'started' || archive.status === 'paused'
  if (runs) await recorder.record({ ...archive, streams: [added] }, [stream])
}

export const DOWNLOAD_PATH = '/v2/project/:key/archive/:id{[\\da-f-]{36}}/:name{events\\.jsonl|archive\\.zip}'

/** An archive's content, for anyone who has its address: the signature in the address is the permission. @throws Refusal 403, 404 */
export async function download(
  { apps, archives }: SessionApiDeps,
  { req, env }: Context<SessionEnv, typeof DOWNLOAD_PATH>,
): Promise<Response> {
  if (req.method !== 'GET') throw methodNotAllowed(['GET'])
  checkEncoding(req.path)
  const { key, id, name } = req.param()
  const app = await apps.byKey(key)
  if (!app?.enabled || !isDownloadSigned(app, id, queryOf(env)))
    throw new Refusal(403, 'This address is invalid or has expired: request the archive to get a new one.')
  const archive = await archives.find(app.id, id)
  if (archive?.status !== 'available' || contentName(archive) !== name)
    throw new Refusal(404, 'This archive no longer exists.')
  const { bytes, type } = await contentOf(archives, archive)
  return new Response(ReadableStream.from(bytes), {
    headers: {
      'Content-Type': type,
      'Content-Length': String(archive.size),
      'Content-Disposition': `attachment; filename="${id}${extname(name)}"`,
      'Cache-Control': 'private, no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}
