import { readAppChange } from '@carillon/api'
import type { Config } from '@carillon/config'
import { type Actor, type App, type AppSecret, type AppSettings, CarillonError, SetupError } from '@carillon/contract'
import { changeOf, creationOf, withAudit } from '@carillon/core'
import type { AppChange, DataDirInUseError, Store } from '@carillon/store'
import type { Logger } from 'pino'
import type { Apps } from './roles.ts'

/** The apps in a database that this process has opened. @param actor who changes them */
export function appsIn({ apps, audit }: Pick<Store, 'apps' | 'audit'>, actor: Actor, close: () => Promise<void>): Apps {
  const change = (app: number, fields: AppChange) =>
    withAudit(audit, actor, changeOf(app, fields), () => apps.change(app, fields))
  return {
    create: (name) => withAudit(audit, actor, creationOf({ name }), () => apps.create({ name })),
    list: () => apps.list(),
    change: async (app, fields) => void (await change(app, readAppChange(fields))),
    addSecret: async (app) => (await change(app, { addSecret: '' })).secrets.at(-1)!,
    retireSecret: async (app, secret) => void (await change(app, { retireSecret: secret })),
    publicKeys: async (id) => ((await apps.byId(id)) ?? notFound(id)).settings.publicKeys ?? [],
    setPublicKeys: async (app, publicKeys) => void (await change(app, { settings: { publicKeys } })),
    close,
  }
}

/**
 * The apps of a server that has the embedded database open, over its API.
 * @param origin where that server answers
 * @param inUse why the database cannot be opened here
 */
export async function appsOfServer(
  config: Config,
  log: Logger,
  origin: string,
  inUse: DataDirInUseError,
): Promise<Apps> {
  log.info(`The database in ${config.dataDir} is open in ${inUse.owner}, so the server at ${origin} is called.`)
  const server = { config, origin, owner: `The database in ${config.dataDir} is open in ${inUse.owner}.` }
  const call = (method: string, path: string, fields?: object) => callServer(server, method, path, fields)
  const list = async () => ((await call('GET', '/v1/apps')) as { apps: ShownApp[] }).apps.map(asApp)
  const change = async (app: number, fields: object) =>
    asApp(((await call('PATCH', `/v1/apps/${app}`, fields)) as { app: ShownApp }).app)
  return {
    create: async (name) => asApp(((await call('POST', '/v1/apps', { name })) as { app: ShownApp }).app),
    list,
    change: async (app, fields) => void (await change(app, fields)),
    addSecret: async (app) => (await change(app, { addSecret: '' })).secrets.at(-1)!,
    retireSecret: async (app, secret) => void (await change(app, { retireSecret: secret })),
    publicKeys: async (id) => ((await list()).find((app) => app.id === id) ?? notFound(id)).settings.publicKeys ?? [],
    setPublicKeys: async (app, publicKeys) => void (await change(app, { publicKeys })),
    close: async () => {},
  }
}

/** The API has the settings beside the other fields; secrets are masked, but for a new one. */
type ShownApp = Omit<App, 'settings'> & AppSettings & { secrets: AppSecret[] }

function asApp({ id, name, key, secrets, v2Only, enabled, createdAt, ...settings }: ShownApp): App {
  return { id, name, key, secrets, v2Only, enabled, createdAt, settings }
}

interface CalledServer {
  config: Config
  origin: string
  /** A sentence that says which process has the database. */
  owner: string
}

async function callServer(
  { config, origin, owner }: CalledServer,
  method: string,
  path: string,
  fields?: object,
): Promise<unknown> {
  const { adminAccount, adminPassword } = config
  const credentials = Buffer.from(`${adminAccount}:${adminPassword}`).toString('base64')
  const response = await fetch(origin + path, {
    method,
    headers: {
      ...(adminAccount !== undefined && { authorization: `Basic ${credentials}` }),
      ...(fields && { 'content-type': 'application/json' }),
    },
    ...(fields && { body: JSON.stringify(fields) }),
  }).catch((cause: unknown) => {
    throw new SetupError(`${owner} If it is a server, set PORT to its port: nothing answers at ${origin}.`, { cause })
  })
  const answer = (await response.json().catch((cause: unknown) => {
    throw new SetupError(`${owner} Set PORT to the port of its API: what answers at ${origin} is not Carillon.`, {
      cause,
    })
  })) as { err?: string }
  if (response.ok) return answer
  throw [401, 403].includes(response.status)
    ? new SetupError(
        `${owner} Give that server and this command the same ADMIN_ACCOUNT and ADMIN_PASSWORD, or stop that server first.`,
      )
    : new SetupError(`The server at ${origin} answered ${response.status}: ${answer.err}`)
}

function notFound(id: number): never {
  throw new CarillonError('app_not_found', `There is no app ${id}.`)
}
