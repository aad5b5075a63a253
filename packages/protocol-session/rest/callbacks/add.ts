import { type SessionCallbackGroup, sessionCallbackEvents } from '@carillon/contract'
import * as z from 'zod'
import { Refusal } from '@carillon/request'
import { json } from '../answer.ts'
import { readJson } from '../body.ts'
import type { Route } from '../call.ts'
import { text } from '../fields.ts'

const groups = Object.keys(sessionCallbackEvents) as SessionCallbackGroup[]

const fields = z
  .object({
    group: z.enum(groups, `must be one of ${groups.join(', ')}`),
    event: z.string('must be a string'),
    url: text.max(2000, 'must be at most 2000 characters').refine(isWeb, 'must be a URL of http or https'),
  })
  .refine(({ group, event }) => eventsOf(group).includes(event), {
    message: `must be ${groups.map((group) => `${eventsOf(group).join(' or ')} in ${group}`).join(', ')}`,
    path: ['event'],
  })

export const addCallback: Route = {
  method: 'POST',
  path: /^\/callback$/,
  async handle({ sessionCallbacks }, { app, request }) {
    const wanted = await readJson(request, fields)
    const callback = await sessionCallbacks.add(app.id, wanted)
    if (callback) return json(200, callback)
    throw new Refusal(409, 'The app has as many callbacks as it may have; delete one first.')
  },
}

function eventsOf(group: SessionCallbackGroup): readonly string[] {
  return sessionCallbackEvents[group]
}

function isWeb(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
}
