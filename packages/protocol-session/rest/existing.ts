import type { App, Archive, Session } from '@carillon/contract'
import type { SessionParts } from '../parts.ts'
import { Refusal } from '@carillon/request'
import { keyOfSession } from '../session-id.ts'

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** @throws Refusal 404 */
export async function existingSession({ sessions }: SessionParts, app: App, id: string): Promise<Session> {
  const session = keyOfSession(id) === app.key ? await sessions.find(app.id, id) : null
  if (!session) throw new Refusal(404, 'The app has no such session.')
  return session
}

/** @throws Refusal 404 */
export async function existingArchive({ archives }: SessionParts, app: App, id: string): Promise<Archive> {
  const archive = isUuid(id) ? await archives.find(app.id, id) : null
  if (!archive) throw new Refusal(404, 'The app has no such archive.')
  return archive
}
