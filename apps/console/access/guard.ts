import { CarillonError } from '@carillon/contract'
import { isSameOrigin, readBody, Refusal, textOf } from '@carillon/http'
import type { MiddlewareHandler } from 'hono'
import type { ConsoleContext, ConsoleDeps, ConsoleEnv } from '../deps.ts'
import { sameText } from './accounts.ts'
import { openVisitor, visitorOf } from './session.ts'

/** Bytes of a form of somebody who is not known. */
const MOST_OF_STRANGERS = 65_536
/** Bytes of a form of an administrator: of a template and its vars, in which a character takes up to twelve. */
const MOST_OF_ADMINS = 4_000_000

export const LOGIN = '/console/login'

/** Nobody signs in: the server requires no signatures, and there is no administrator. */
export function isOpen({ open, accounts }: Pick<ConsoleDeps, 'open' | 'accounts'>): boolean {
  return open !== undefined && !accounts.admin
}

/** Lets in who is signed in, and sends everybody else to the login, from where they come back. */
export function requireVisitor(deps: ConsoleDeps): MiddlewareHandler<ConsoleEnv> {
  return async (c, next) => {
    const visitor = isOpen(deps) ? openVisitor(c) : await visitorOf(c, deps)
    if (!visitor) return toLogin(c)
    c.set('visitor', visitor)
    return next()
  }
}

function toLogin(c: ConsoleContext): Response {
  if (c.req.method !== 'GET') throw new CarillonError('unauthorized', 'Your session has ended. Sign in again.')
  const { pathname, search } = new URL(c.req.url)
  const next = pathname + search
  return c.redirect(next === '/console' ? LOGIN : `${LOGIN}?${new URLSearchParams({ next }).toString()}`, 303)
}

/** Lets a change through only if an administrator has sent the form of a page of the console. */
export const requireAdminForm: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  if (c.get('visitor').role !== 'admin')
    throw new CarillonError('forbidden', 'Your account can read everything here, but change nothing.')
  await readOwnForm(c, MOST_OF_ADMINS)
  return next()
}

/** Reads a form that a page of the console has made for this visitor. @throws CarillonError `forbidden` */
export async function readOwnForm(c: ConsoleContext, most = MOST_OF_STRANGERS): Promise<void> {
  const form = await readForm(c, most)
  if (!sameText(form.get('token') ?? '', c.get('visitor').formToken))
    throw new CarillonError('forbidden', 'This form is out of date. Go back, reload the page and try again.')
  c.set('form', form)
}

/** Reads a form of any page of this origin, of at most so many bytes. @throws CarillonError `forbidden`, `bad_request`, `too_large` */
export async function readForm(c: ConsoleContext, most = MOST_OF_STRANGERS): Promise<URLSearchParams> {
  if (!isSameOrigin(c.req.raw.headers))
    throw new CarillonError('forbidden', 'Pages of other origins may not change anything here.')
  try {
    return new URLSearchParams(textOf(await readBody(c.req.raw, most)))
  } catch (error) {
    throw error instanceof Refusal ? refused(error) : error
  }
}

/** A refusal of what was sent, as an error of the console. */
export function refused({ status, message }: Refusal): CarillonError {
  return new CarillonError(status === 413 ? 'too_large' : 'bad_request', message)
}
