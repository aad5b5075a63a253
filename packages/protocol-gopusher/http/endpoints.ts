import type { AppWithAccount } from '@carillon/contract'
import { malformed, Refusal } from '@carillon/http'
import { Hono } from 'hono'
import { PatternError } from '../audience/pattern.ts'
import type { GopusherDeps } from '../deps.ts'
import { hasControlCharacter, LONGEST_NAME, LONGEST_PASSWORD, MOST_APPS, MOST_CLIENTS } from '../limits.ts'
import { listOnline } from '../online.ts'
import { actorOf, forAdmin, forApp, type GopusherContext, type GopusherEnv } from './access.ts'
import { Form, readPaging } from './input.ts'

const LONGEST_URL = 2000

/** The endpoints of the API: apps with their accounts, and the clients of an app. */
export function endpoints(deps: GopusherDeps): Hono<GopusherEnv> {
  return new Hono<GopusherEnv>()
    .post('/register', forAdmin(deps, register))
    .delete('/:app/unregister', forApp(deps, unregister))
    .get('/app-list', forAdmin(deps, listApps))
    .get('/app-list/:limit/:page', forAdmin(deps, listApps))
    .post('/push/:app', forApp(deps, push))
    .get('/:app/listonlineuser', forApp(deps, listOnlineUsers))
    .get('/:app/listonlineuser/:limit/:page', forApp(deps, listOnlineUsers))
}

async function register({ apps, passwords }: GopusherDeps, c: GopusherContext): Promise<object> {
  const ip = withoutMapping(c.env.ip)
  const { appName, account, password, connectHook } = readRegistration(await Form.read(c.req.raw))
  const passwordHash = await passwords.hash(password)
  const registration = { name: appName, account: { name: account, passwordHash, requestIp: ip }, connectHook }
  const app = await apps.register(registration, actorOf(c))
  return {
    app_name: app.name,
    auth_account: account,
    auth_password: password,
    app_key: app.key,
    request_ip: ip,
    app_id: app.id,
    app_secret: app.secrets[0]?.secret,
  }
}

/** An IPv4 address, as servers that listen on IPv6 see it, is what it is. */
function withoutMapping(ip: string): string {
  return ip.replace(/^::ffff:(?=\d+\.)/i, '')
}

function readRegistration(form: Form) {
  return {
    appName: name(form, 'app_name'),
    account: accountName(form),
    password: newPassword(form),
    connectHook: hookUrl(form),
  }
}

function name(form: Form, field: string): string {
  const value = form.required(field)
  if (value.length > LONGEST_NAME || hasControlCharacter(value))
    throw malformed(`${field} has at most ${LONGEST_NAME} characters, and no control characters.`)
  return value
}

/** HTTP Basic authentication ends the account's name at its first colon. */
function accountName(form: Form): string {
  const account = name(form, 'auth_account')
  if (account.includes(':')) throw malformed('auth_account must not contain a colon.')
  return account
}

function newPassword(form: Form): string {
  const password = form.required('auth_password')
  if (Buffer.byteLength(password) > LONGEST_PASSWORD || hasControlCharacter(password))
    throw malformed(`auth_password has at most ${LONGEST_PASSWORD} bytes, and no control characters.`)
  return password
}

function hookUrl(form: Form): string | undefined {
  const url = form.get('connect_hook')
  if (url === '') return undefined
  if (url.length > LONGEST_URL || !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw malformed(`connect_hook must be an http or https URL of at most ${LONGEST_URL} characters.`)
  return url
}

/**
 * Ends what register began, and no more: the app is disabled on every protocol, but its recipients and its history
 * stay, and the operator may enable it again.
 */
async function unregister(
  { apps, hub }: GopusherDeps,
  c: GopusherContext,
  { app, account }: AppWithAccount,
): Promise<object> {
  if (!account)
    throw new Refusal(409, 'This app was not registered through this API: disable it with PATCH /v1/apps/{id}.')
  await apps.unregister(app.id, actorOf(c))
  await hub.connections.closeAll(app.id, 'This app was unregistered.')
  return { message: 'Scuess' } // the word that its clients know
}

async function listApps({ apps }: GopusherDeps, c: GopusherContext): Promise<object> {
  const { limit, page, offset } = readPaging(c, MOST_APPS)
  const found = await apps.page({ limit, offset })
  return { limit, offset: page, total: found.total, data: found.apps.map(listed) }
}

function listed({ app, account }: AppWithAccount): object {
  return {
    app_key: app.key,
    app_name: app.name,
    auth_account: account?.name ?? '',
    auth_password: '********',
    request_ip: account?.requestIp ?? '',
    date: dateOf(app.createdAt),
    timestamp: String(app.createdAt * 1000),
  }
}

/** Such as `2015/08/25 11:39:12`, in UTC. */
function dateOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/')
}

async function push({ audiences }: GopusherDeps, c: GopusherContext, { app }: AppWithAccount): Promise<object> {
  const form = await Form.read(c.req.raw)
  const content = form.required('content')
  const userTag = form.get('user_tag')
  const total = await audiences.push(app.id, { content, userTag }).catch(badPattern)
  return { app_key: app.key, content, user_tag: userTag, total: String(total) }
}

function badPattern(error: unknown): never {
  throw error instanceof PatternError ? malformed(error.message) : error
}

async function listOnlineUsers({ hub }: GopusherDeps, c: GopusherContext, { app }: AppWithAccount): Promise<object> {
  const { limit, page, offset } = readPaging(c, MOST_CLIENTS)
  const { total, userTags } = await listOnline(hub, app.id, offset, limit)
  return { app_key: app.key, total, limit, page, user_tags: userTags }
}
