import { freemem, networkInterfaces, totalmem } from 'node:os'
import { type Caller, errorCode, type HttpHandler } from '@carillon/contract'
import { nodeGroup } from './consumer/live-consumers.ts'
import type { SnapperDeps } from './deps.ts'
import { TokenError } from './token.ts'

/** `/stats`: statistics of an app's consumers and producers, for callers with a token that has the name `snapper`. */
export function statsHandler(deps: SnapperDeps): HttpHandler {
  return {
    paths: ['/stats'],
    fetch: (request, caller) =>
      answer(deps, request, caller).catch((error: unknown) => {
        deps.log.error({ code: errorCode(error) }, 'the statistics of Snapper could not be read')
        return text(503, 'Redis or the database is unavailable; try again.')
      }),
  }
}

async function answer(deps: SnapperDeps, request: Request, { target }: Caller): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return text(405, 'This path accepts only GET.', { allow: 'GET' })
  const token = tokenOf(request, target)
  if (token === undefined) return text(401, 'No authorization token was found')
  try {
    const { app, claims } = await deps.tokens.verify(token, 'Snapper stats')
    if (claims.name !== 'snapper') return text(400, 'Bad Request')
    return Response.json(await stats(deps, app.id), { headers: NOT_KEPT })
  } catch (error) {
    if (error instanceof TokenError) return text(401, error.message)
    throw error
  }
}

function tokenOf(request: Request, target: string): string | undefined {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  return bearer ?? (new URL(target, 'http://localhost').searchParams.get('token') || undefined)
}

async function stats({ hub, queues, version, serverId }: SnapperDeps, app: number): Promise<object> {
  const [totals, nodes] = await Promise.all([queues.totals(app), hub.roster.list(nodeGroup(app))])
  const asText = (entries: Iterable<[string, number]>) =>
    Object.fromEntries([...entries].map(([name, count]) => [name, String(count)]))
  return {
    server: 'carillon',
    version,
    net: addresses(),
    serverId,
    mem: { free: freemem(), total: totalmem() },
    stats: {
      total: asText(Object.entries(totals) as [string, number][]),
      online: [...nodes.values()].reduce((sum, count) => sum + count, 0),
      current: asText(nodes),
    },
  }
}

function addresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((some = []) =>
    some.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
  )
}

const NOT_KEPT = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

function text(status: number, body: string, more: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { ...more, ...NOT_KEPT, 'content-type': 'text/plain; charset=utf-8' } })
}
