import { extname } from 'node:path'
import { methodNotAllowed, Refusal } from '@carillon/request'
import type { Context } from 'hono'
import { contentName, contentOf } from '../archives/content.ts'
import { isDownloadSigned } from '../archives/download-link.ts'
import type { SessionDeps } from '../deps.ts'
import { checkEncoding, queryOf, type SessionEnv } from './http.ts'

export const DOWNLOAD_PATH = '/v2/project/:key/archive/:id{[\\da-f-]{36}}/:name{events\\.jsonl|archive\\.zip}'

/** An archive's content, for whoever has its address: the signature in it is the permission. @throws Refusal 403, 404 */
export async function download(
  { apps, archives }: SessionDeps,
  { req, env }: Context<SessionEnv, typeof DOWNLOAD_PATH>,
): Promise<Response> {
  if (req.method !== 'GET') throw methodNotAllowed(['GET'])
  checkEncoding(req.path)
  const { key, id, name } = req.param()
  const app = await apps.byKey(key)
  if (!app?.enabled || !isDownloadSigned(app, id, queryOf(env)))
    throw new Refusal(403, 'This address is no longer good, or never was: ask for the archive to get a new one.')
  const archive = await archives.find(app.id, id)
  if (archive?.status !== 'available' || contentName(archive) !== name)
    throw new Refusal(404, 'This archive is not there any more.')
  const { bytes, type } = await contentOf(archives, archive)
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
