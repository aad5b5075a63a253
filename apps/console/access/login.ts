import { clientAddress, peerAddress } from '@carillon/http'
import type { Hono } from 'hono'
import type { ConsoleContext, ConsoleDeps, ConsoleEnv } from '../deps.ts'
import { loginPage } from '../pages/login.ts'
import { placeIn } from '../view/link.ts'
import { type Account, roleOf } from './accounts.ts'
import { isOpen, LOGIN, readForm, readOwnForm } from './guard.ts'
import { beginSession, endSession, visitorOf } from './session.ts'

/** Attempts to sign in from one address within a minute. Those that succeed do not count. */
const MOST_ATTEMPTS = 10
const WINDOW_S = 60

const WRONG = 'The account or the password is wrong.'
const TOO_MANY = `There were more than ${MOST_ATTEMPTS} failed attempts from your address. Wait a minute, then try again.`

/** The login, for everybody. */
export function addLogin(console: Hono<ConsoleEnv>, deps: ConsoleDeps): void {
  const hasAccounts = Object.values(deps.accounts).some((account) => account !== undefined)
  console.get(LOGIN, async (c) => {
    const next = placeIn(c.req.query('next'))
    if (isOpen(deps) || (await visitorOf(c, deps))) return c.redirect(next, 303)
    return c.html(loginPage({ next, hasAccounts }), hasAccounts ? 200 : 403)
  })
  console.post(LOGIN, async (c) => {
    const form = await readForm(c)
    return login(c, deps, {
      account: form.get('account') ?? '',
      password: form.get('password') ?? '',
      next: placeIn(form.get('next') ?? undefined),
    })
  })
}

/** The logout, for who is signed in. */
export function addLogout(console: Hono<ConsoleEnv>, deps: ConsoleDeps): void {
  console.post('/console/logout', async (c) => {
    await readOwnForm(c)
    await deps.audit.add(entryOf(c, 'logout', c.get('visitor').account))
    await endSession(c, deps)
    return c.redirect(LOGIN, 303)
  })
}

interface LoginForm extends Account {
  next: string
}

async function login(c: ConsoleContext, deps: ConsoleDeps, { next, ...given }: LoginForm): Promise<Response> {
  const { accounts, logins, audit, log } = deps
  const address = peerAddress(c)
  const again = (problem: string) => loginPage({ next, account: given.account, problem, hasAccounts: true })
  if (!(await logins.attempt(address, MOST_ATTEMPTS))) {
    log.warn(
      { address: clientAddress(c.req.raw, peerAddress(c)) },
      'a login to the console was refused, because many failed before it',
    )
    return c.html(again(TOO_MANY), 429, { 'Retry-After': String(WINDOW_S) })
  }
  const role = roleOf(accounts, given)
  if (!role) {
    log.warn({ address: clientAddress(c.req.raw, peerAddress(c)) }, 'a login to the console failed')
    return c.html(again(WRONG), 401)
  }
  await logins.forgive(address)
  await audit.add(entryOf(c, 'login', given.account))
  await beginSession(c, deps, role, given)
  return c.redirect(next, 303)
}

function entryOf(c: ConsoleContext, action: string, account: string) {
  return { account, address: clientAddress(c.req.raw, peerAddress(c)), app: null, action, target: '' }
}
