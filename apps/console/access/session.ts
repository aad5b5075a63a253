import { randomBytes } from 'node:crypto'
import { OPEN_MODE } from '@carillon/contract'
import { getCookie, setCookie } from 'hono/cookie'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import { type Account, type Accounts, formTokenOf, type Role, roles, sessionHash, type Visitor } from './accounts.ts'

const COOKIE = 'carillon_console'
/** Seconds. */
const SESSION_S = 12 * 3600
const TOKEN_BYTES = 32
/** A longer cookie is not one of ours. */
const LONGEST_TOKEN = 100

/** The visitor whose session the request's cookie names; undefined if it names none. */
export async function visitorOf(
  c: ConsoleContext,
  { accounts, logins }: Pick<ConsoleDeps, 'accounts' | 'logins'>,
): Promise<Visitor | undefined> {
  const token = tokenOf(c)
  if (token === undefined) return undefined
  const possible = possibleSessions(token, accounts)
  const found = await logins.find([...possible.keys()])
  const session = found === null ? undefined : possible.get(found)
  if (!session) return undefined
  return { account: session.account, role: session.role, formToken: formTokenOf(token), hasSession: true }
}

/** The visitor of a server where nobody signs in. The cookie only ties the forms of its pages to this browser. */
export function openVisitor(c: ConsoleContext): Visitor {
  const token = tokenOf(c) ?? newToken(c)
  return { account: OPEN_MODE, role: 'admin', formToken: formTokenOf(token), hasSession: false }
}

/** Begins a session, and sends its cookie. */
export async function beginSession(
  c: ConsoleContext,
  { logins }: Pick<ConsoleDeps, 'logins'>,
  role: Role,
  account: Account,
): Promise<void> {
  await logins.start(sessionHash(newToken(c), role, account), SESSION_S)
}

/** Ends the session in every process: its cookie is worth nothing, wherever it was copied to. */
export async function endSession(
  c: ConsoleContext,
  { accounts, logins }: Pick<ConsoleDeps, 'accounts' | 'logins'>,
): Promise<void> {
  const token = tokenOf(c)
  if (token !== undefined) await logins.end([...possibleSessions(token, accounts).keys()])
  setCookie(c, COOKIE, '', { ...cookieOptions(c), maxAge: 0 })
}

/** By its hash, the session that the token would belong to, for each account. */
function possibleSessions(token: string, accounts: Accounts): Map<string, { role: Role; account: string }> {
  return new Map(
    roles.flatMap((role) => {
      const account = accounts[role]
      return account ? [[sessionHash(token, role, account), { role, account: account.account }] as const] : []
    }),
  )
}

function tokenOf(c: ConsoleContext): string | undefined {
  const token = getCookie(c, COOKIE)
  return token !== undefined && token.length > 0 && token.length <= LONGEST_TOKEN ? token : undefined
}

function newToken(c: ConsoleContext): string {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  setCookie(c, COOKIE, token, { ...cookieOptions(c), maxAge: SESSION_S })
  return token
}

/** A proxy in front that ends TLS says so. */
function cookieOptions(c: ConsoleContext) {
  const secure = c.req.header('x-forwarded-proto') === 'https' || new URL(c.req.url).protocol === 'https:'
  return { path: '/console', httpOnly: true, sameSite: 'Strict', secure } as const
}
