import { isIPv4 } from 'node:net'
import { type App, type NewSession, type Session, emptyIsAbsent } from '@carillon/contract'
import { Refusal } from '@carillon/http'
import { Hono } from 'hono'
import * as z from 'zod'
import { createSessionId, keyOfSession } from '../session-id.ts'
import { archiveName, flag, resolution, shortText } from './fields.ts'
import { json, noContent, readForm, readJson, type SessionApiDeps, type SessionEnv } from './http.ts'

/** Bytes. */
const LONGEST_TYPE = 128
const LONGEST_DATA = 8192

const newSession = z.object({
  'p2p.preference': emptyIsAbsent(z.enum(['enabled', 'disabled'], 'must be enabled or disabled')),
  archiveMode: emptyIsAbsent(z.enum(['manual', 'always'], 'must be manual or always')),
  location: emptyIsAbsent(z.string().refine((text) => isIPv4(text), 'must be an IPv4 address')),
  e2ee: emptyIsAbsent(z.enum(['true', 'false'], 'must be true or false')),
  archiveName: emptyIsAbsent(archiveName),
  archiveResolution: emptyIsAbsent(resolution),
})

const signal = z.object({
  type: z.string('must be a string').default(''),
  data: z.string('must be a string').default(''),
})

const streamIds = z.array(shortText, 'must be a list of the ids of streams').max(1000)

/** SDKs do not agree on the name of the list. */
const muting = z.object({
  active: flag.default(true),
  excludedStreamIds: streamIds.default([]),
  excludedStreams: streamIds.default([]),
})

/** Some SDKs end the path with a slash. */
export function createSessionRoute({ sessions }: SessionApiDeps): Hono<SessionEnv> {
  return new Hono<SessionEnv>().on('POST', ['/session/create', '/session/create/'], async (c) => {
    const app = c.get('app')
    const session = await sessions.create(sessionOf(app, await readForm(c.req.raw, newSession)))
    return json(200, [createdJson(app, session)])
  })
}

/** Actions on everyone, or on one connection, in a session. */
export function sessionRoutes(deps: SessionApiDeps): Hono<SessionEnv> {
  const sendSignal = async (app: App, request: Request, session: string, connection?: string) => {
    const message = await readJson(request, signal)
    checkLength('type', message.type, LONGEST_TYPE)
    checkLength('data', message.data, LONGEST_DATA)
    await existingSession(deps, app, session)
    if (await deps.rooms.signal(app.id, session, message, connection)) return noContent()
    throw noSuchConnection()
  }
  return new Hono<SessionEnv>()
    .post('/session/:session/signal', (c) => sendSignal(c.get('app'), c.req.raw, c.req.param('session')))
    .post('/session/:session/connection/:connection/signal', (c) =>
      sendSignal(c.get('app'), c.req.raw, c.req.param('session'), c.req.param('connection')),
    )
    .delete('/session/:session/connection/:connection', async (c) => {
      const [app, { session, connection }] = [c.get('app'), c.req.param()]
      await existingSession(deps, app, session)
      if (await deps.rooms.disconnect(app.id, session, connection)) return noContent()
      throw noSuchConnection()
    })
    .post('/session/:session/mute', async (c) => {
      const [app, { session }] = [c.get('app'), c.req.param()]
      const { active, excludedStreamIds, excludedStreams } = await readJson(c.req.raw, muting)
      await existingSession(deps, app, session)
      await deps.rooms.muteAll(app.id, session, active, [...excludedStreamIds, ...excludedStreams])
      return json(200, projectJson(app))
    })
}

/** @throws Refusal 404 */
export async function existingSession({ sessions }: SessionApiDeps, app: App, id: string): Promise<Session> {
  const session = keyOfSession(id) === app.key ? await sessions.find(app.id, id) : null
  if (!session) throw new Refusal(404, 'The app has no such session.')
  return session
}

/** What calls that mute answer with. */
export function projectJson({ key, name, createdAt }: App): object {
  return { applicationId: key, status: 'ACTIVE', name, environment: 'standard', createdAt: createdAt * 1000 }
}

function sessionOf(app: App, fields: z.infer<typeof newSession>): NewSession {
  const { location = '', e2ee, archiveMode, archiveName: name, archiveResolution } = fields
  const relayed = fields['p2p.preference'] === 'enabled'
  return {
    id: createSessionId({ key: app.key, location, relayed }),
    app: app.id,
    location,
    relayed,
    archived: archiveMode === 'always',
    archiveName: name ?? null,
    archiveResolution: archiveResolution ?? null,
    e2ee: e2ee === 'true',
  }
}

function createdJson({ key }: App, { id, createdAt }: Session): object {
  return {
    session_id: id,
    project_id: key,
    partner_id: key,
    create_dt: new Date(createdAt).toUTCString(),
    session_status: null,
    media_server_url: null,
  }
}

function checkLength(name: string, text: string, most: number): void {
  if (Buffer.byteLength(text) > most) throw new Refusal(413, `${name} may have at most ${most} bytes.`)
}

function noSuchConnection(): Refusal {
  return new Refusal(404, 'There is no such connection in the session.')
}
