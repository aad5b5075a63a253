import { createHmac } from 'node:crypto'
import { type App, type Archive, sameSignature } from '@carillon/contract'
import { contentName } from './content.ts'

/** Seconds that an address is good for. */
const LIVES_S = 600

/** The path of an archive's content. Whoever has it may download the content for ten minutes. */
export function downloadPath(app: App, archive: Archive): string {
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
