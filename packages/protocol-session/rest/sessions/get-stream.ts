import { Refusal } from '@carillon/request'
import { json } from '../answer.ts'
import type { Route } from '../call.ts'
import { existingSession } from '../existing.ts'
import { streamJson } from './stream-json.ts'

export const getStream: Route = {
  method: 'GET',
  path: /^\/session\/([^/]+)\/stream\/([^/]+)$/,
  async handle(parts, { app, request, places: [session = '', id] }) {
    await existingSession(parts, app, session)
    const stream = (await parts.rooms.streams(app.id, session)).find((each) => each.id === id)
    if (!stream) throw new Refusal(404, 'There is no such stream in the session.')
    const answer = json(200, streamJson(stream))
    if (parsesTwice(request)) answer.headers.set('Content-Type', 'text/plain')
    return answer
  },
}

/** The SDK for Node parses JSON as such, and then what comes of it once more. */
function parsesTwice(request: Request): boolean {
  return request.headers.get('user-agent')?.startsWith('OpenTok-Node-SDK/') ?? false
}
