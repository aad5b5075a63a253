import { isIPv4 } from 'node:net'
import * as z from 'zod'
import { createSessionId } from '../session-id.ts'
import { json } from './answer.ts'
import { readForm } from './body.ts'
import type { Route } from './call.ts'
import { archiveName, resolution } from './fields.ts'

/** An empty field counts as none. */
function optional<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional())
}

const fields = z.object({
  'p2p.preference': optional(z.enum(['enabled', 'disabled'], 'must be enabled or disabled')),
  archiveMode: optional(z.enum(['manual', 'always'], 'must be manual or always')),
  location: optional(z.string().refine((text) => isIPv4(text), 'must be an IPv4 address')),
  e2ee: optional(z.enum(['true', 'false'], 'must be true or false')),
  archiveName: optional(archiveName),
  archiveResolution: optional(resolution),
})

export const createSession: Route = {
  method: 'POST',
  path: /^\/session\/create\/?$/,
  async handle({ sessions }, { app, request }) {
    const { location = '', e2ee, ...given } = await readForm(request, fields)
    const relayed = given['p2p.preference'] === 'enabled'
    const session = await sessions.create({
      id: createSessionId({ key: app.key, location, relayed }),
      app: app.id,
      location,
      relayed,
      archived: given.archiveMode === 'always',
      archiveName: given.archiveName ?? null,
      archiveResolution: given.archiveResolution ?? null,
      e2ee: e2ee === 'true',
    })
    const created = {
      session_id: session.id,
      project_id: app.key,
      partner_id: app.key,
      create_dt: new Date(session.createdAt).toUTCString(),
      session_status: null,
      media_server_url: null,
    }
    return json(200, [created])
  },
}
