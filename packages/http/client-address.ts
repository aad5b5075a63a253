import type { HttpBindings } from '@hono/node-server'

/**
 * The address of the other end of the connection of a request in Hono's context, which nobody can make up; `unknown` outside a
 * server of node:http.
 */
export function peerAddress({ env }: { env: Partial<HttpBindings> | undefined }): string {
  return env?.incoming?.socket.remoteAddress ?? 'unknown'
}

/** The address that a request comes from, and the one that a proxy reports, which only the proxy can vouch for. */
export function clientAddress({ headers }: Pick<Request, 'headers'>, peer: string): string {
  const reported = headers.get('x-forwarded-for')?.split(',').at(-1)?.trim().slice(0, 64)
  return reported ? `${reported} through ${peer}` : peer
}
