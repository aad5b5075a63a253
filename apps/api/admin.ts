import type { Context, MiddlewareHandler } from 'hono'
import { CarillonError } from '@carillon/contract'
import type { Admin, ApiEnv } from './parts.ts'
import { receive } from './receive.ts'
import { sameText } from './same-text.ts'

/** Lets the administrator through, by HTTP Basic authentication. */
export function adminMiddleware(admin: Admin | undefined): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (!admin)
      throw new CarillonError(
        'forbidden',
        'Set ADMIN_ACCOUNT and ADMIN_PASSWORD to use /v1/apps, or use the command carillon app.',
      )
    if (!isAdmin(c, admin)) throw wrongCredentials(c)
    const received = await receive(c)
    refuseForm(received)
    c.set('received', received)
    return next()
  }
}

function isAdmin(c: Context<ApiEnv>, admin: Admin): boolean {
  const [, encoded = ''] = /^Basic +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  const given = Buffer.from(encoded, 'base64').toString()
  return sameText(given, `${admin.account}:${admin.password}`)
}

function wrongCredentials(c: Context<ApiEnv>): CarillonError {
  c.header('WWW-Authenticate', 'Basic realm="carillon", charset="UTF-8"')
  return new CarillonError('unauthorized', 'The account or the password is wrong.')
}

/** A browser that knows the password sends it with any page's form, but not with any page's JSON. */
function refuseForm({ body, json }: { body: Uint8Array; json: string | undefined }): void {
  if (body.length > 0 && json === undefined)
    throw new CarillonError('unsupported_media_type', 'The Content-Type must be application/json.')
}
