import * as z from 'zod'
import { Refusal } from '@carillon/request'
import { nothing } from '../answer.ts'
import { readJson } from '../body.ts'
import type { Route } from '../call.ts'
import { existingSession } from '../existing.ts'

/** Bytes. */
const LONGEST_TYPE = 128
const LONGEST_DATA = 8192

const fields = z.object({
  type: z.string('must be a string').default(''),
  data: z.string('must be a string').default(''),
})

export const signal: Route = {
  method: 'POST',
  path: /^\/session\/([^/]+)(?:\/connection\/([^/]+))?\/signal$/,
  async handle(parts, { app, request, places: [session = '', connection] }) {
    const message = await readJson(request, fields)
    checkLength('type', message.type, LONGEST_TYPE)
    checkLength('data', message.data, LONGEST_DATA)
    await existingSession(parts, app, session)
    if (await parts.rooms.signal(app.id, session, message, connection)) return nothing()
    throw new Refusal(404, 'There is no such connection in the session.')
  },
}

function checkLength(name: string, text: string, most: number): void {
  if (Buffer.byteLength(text) > most) throw new Refusal(413, `${name} may have at most ${most} bytes.`)
}
