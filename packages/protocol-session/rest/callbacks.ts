import { type SessionCallbackGroup, sessionCallbackEvents } from '@carillon/contract'
import { Refusal } from '@carillon/http'
import { Hono } from 'hono'
import * as z from 'zod'
import { isUuid, text } from './fields.ts'
import { json, noContent, readJson, type SessionApiDeps, type SessionEnv } from './http.ts'

const groups = Object.keys(sessionCallbackEvents) as SessionCallbackGroup[]

const newCallback = z
  .object({
    group: z.enum(groups, `must be one of ${groups.join(', ')}`),
    event: z.string('must be a string'),
    url: text.max(2000, 'must be at most 2000 characters').refine(isWeb, 'must be a URL of http or https'),
  })
  .refine(({ group, event }) => eventsOf(group).includes(event), {
    message: `must be ${groups.map((group) => `${eventsOf(group).join(' or ')} in ${group}`).join(', ')}`,
    path: ['event'],
  })

/** Where an app's servers want session and archive events to be posted. */
export function callbackRoutes({ sessionCallbacks }: SessionApiDeps): Hono<SessionEnv> {
  return new Hono<SessionEnv>()
    .post('/callback', async (c) => {
      const callback = await sessionCallbacks.add(c.get('app').id, await readJson(c.req.raw, newCallback))
      if (callback) return json(200, callback)
      throw new Refusal(409, 'The app has reached its limit of callbacks; delete one first.')
    })
    .get('/callback', async (c) => json(200, await sessionCallbacks.list(c.get('app').id)))
    .delete('/callback/:id', async (c) => {
      const id = c.req.param('id')
      if (isUuid(id) && (await sessionCallbacks.remove(c.get('app').id, id))) return noContent()
      throw new Refusal(404, 'The app has no such callback.')
    })
}

function eventsOf(group: SessionCallbackGroup): readonly string[] {
  return sessionCallbackEvents[group]
}

function isWeb(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
}
