import { createHmac } from 'node:crypto'
import { extname } from 'node:path'
import { type App, type Archive, sameSignature } from '@carillon/contract'
import type { SessionParts } from '../parts.ts'
import { Refusal } from '@carillon/request'
import { decode } from '../rest/decode.ts'
import { contentName, contentOf } from './content.ts'

/** Seconds that an address is good for. */
const LIVES_S = 600
const PATH = /^\/v2\/project\/([^/]+)\/archive\/([\da-f-]{36})\/(events\.jsonl|archive\.zip)$/

export function isDownload(path: string): boolean {
  return PATH.test(path)
}

/** Good for ten minutes, for whoever knows it. */
export function downloadPath(app: App, archive: Archive): string {
  const { id } = archive
  const expires = Math.floor(Date.now() / 1000) + LIVES_S
  const signature = sign(app.secrets[0]!.secret, id, String(expires))
  const path = `/v2/project/${encodeURIComponent(app.key)}/archive/${id}/${contentName(archive)}`
  return `${path}?expires=${expires}&signature=${signature}`
}

/** @throws Refusal 403, 404 */
export async function download(parts: SessionParts, path: string, query: URLSearchParams): Promise<Response> {
  const [key = '', id = '', name] = PATH.exec(path)!.slice(1).map(decode)
  const app = await parts.apps.byKey(key)
  if (!app?.enabled || !isGood(app, id, query))
    throw new Refusal(403, 'This address is no longer good, or never was: ask for the archive to get a new one.')
  const archive = await parts.archives.find(app.id, id)
  if (archive?.status !== 'available' || contentName(archive) !== name)
    throw new Refusal(404, 'This archive is not there any more.')
  const { bytes, type } = await contentOf(parts.archives, archive)
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

function isGood({ secrets }: App, id: string, query: URLSearchParams): boolean {
  const expires = query.get('expires') ?? ''
  const given = query.get('signature') ?? ''
  return (
    Number(expires) > Date.now() / 1000 && secrets.some(({ secret }) => sameSignature(given, sign(secret, id, expires)))
  )
}

function sign(secret: string, id: string, expires: string): string {
  return createHmac('sha256', secret).update(`archive:${id}:${expires}`).digest('hex')
}
