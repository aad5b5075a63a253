import type { SessionStream } from '@carillon/contract/session-messages'
import { Refusal } from '@carillon/http'
import { Hono } from 'hono'
import * as z from 'zod'
import { shortText } from './fields.ts'
import { json, readJson, type SessionApiDeps, type SessionEnv } from './http.ts'
import { existingSession, projectJson } from './sessions.ts'

const MOST = 100

const streamLayouts = z.object({
  items: z
    .array(z.object({ id: shortText, layoutClassList: z.array(shortText).max(MOST) }), 'must be a list')
    .max(MOST),
})

/** The streams that are published in a session. */
export function streamRoutes(deps: SessionApiDeps): Hono<SessionEnv> {
  const { rooms } = deps
  const list = async (app: number, session: string) => {
    const items = (await rooms.streams(app, session)).map(streamJson)
    return json(200, { count: items.length, items })
  }
  return new Hono<SessionEnv>()
    .get('/session/:session/stream', async (c) => {
      const [app, { session }] = [c.get('app'), c.req.param()]
      await existingSession(deps, app, session)
      return list(app.id, session)
    })
    .put('/session/:session/stream', async (c) => {
      const [app, { session }] = [c.get('app'), c.req.param()]
      const { items: layouts } = await readJson(c.req.raw, streamLayouts)
      await existingSession(deps, app, session)
      if (!(await rooms.setLayout(app.id, session, layouts)))
        throw new Refusal(404, 'One of the streams is not in the session; nothing was changed.')
      return list(app.id, session)
    })
    .get('/session/:session/stream/:stream', async (c) => {
      const [app, { session, stream: id }] = [c.get('app'), c.req.param()]
      await existingSession(deps, app, session)
      const stream = (await rooms.streams(app.id, session)).find((each) => each.id === id)
      if (!stream) throw noSuchStream()
      const answer = json(200, streamJson(stream))
      if (parsesTwice(c.req.raw)) answer.headers.set('Content-Type', 'text/plain')
      return answer
    })
    .post('/session/:session/stream/:stream/mute', async (c) => {
      const [app, { session, stream }] = [c.get('app'), c.req.param()]
      await existingSession(deps, app, session)
      if (await rooms.mute(app.id, session, stream)) return json(200, projectJson(app))
      throw noSuchStream()
    })
}

function streamJson({ id, videoType, name, layoutClassList }: SessionStream): object {
  return { id, videoType, name, layoutClassList }
}

/** OpenTok's SDK for Node parses an answer in JSON twice, and fails the second time. */
function parsesTwice(request: Request): boolean {
  return request.headers.get('user-agent')?.startsWith('OpenTok-Node-SDK/') ?? false
}

function noSuchStream(): Refusal {
  return new Refusal(404, 'There is no such stream in the session.')
}
