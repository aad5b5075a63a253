import { randomBytes } from 'node:crypto'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { type App, type AppSettings, CarillonError } from '@carillon/contract'
import type { Queryable } from '../database.ts'
import { apps, appSecrets } from '../schema/app.ts'

/** The name of the first app until somebody gives it another one. */
export const UNNAMED_APP = 'first'

export interface NewApp {
  name: string
  /** Generated when absent. */
  key?: string
  secret?: string
  v2Only?: boolean
  settings?: AppSettings
}

export interface AppChange {
  name?: string
  v2Only?: boolean
  enabled?: boolean
  /** Merged into the existing settings; a setting given as undefined is removed. */
  settings?: AppSettings
  /** One more secret; the empty string generates one. */
  addSecret?: string
  /** Id of a secret to remove. The last secret cannot be removed. */
  retireSecret?: number
}

export interface AppRepository {
  byKey(key: string): Promise<App | null>
  byId(id: number): Promise<App | null>
  list(): Promise<App[]>
  /** Ids of those of these apps that exist and are enabled. */
  enabledAmong(ids: readonly number[]): Promise<number[]>
  /** @throws CarillonError `conflict` when another app has the key. */
  create(app: NewApp): Promise<App>
  /** @throws CarillonError `app_not_found`, or `conflict` for the last secret. */
  change(id: number, change: AppChange): Promise<App>
  /** Creates or changes the first app as configured; in open mode its key and secret are generated once and kept. */
  ensureFirst(app: { id: number; key?: string; secret?: string }): Promise<App>
}

type AppRow = typeof apps.$inferSelect
type SecretRow = typeof appSecrets.$inferSelect

export function appRepository(db: Queryable): AppRepository {
  const byId = async (id: number) => (await appsOf(db, await db.select().from(apps).where(eq(apps.id, id))))[0] ?? null
  const existing = async (id: number) => (await byId(id)) ?? appNotFound(id)
  /** When several processes start together, one creates the app and the others find it. */
  const addFirst = async (wanted: Parameters<AppRepository['ensureFirst']>[0]) => {
    try {
      return await existing(await insertApp(db, { name: UNNAMED_APP, ...wanted }, wanted.id))
    } catch (error) {
      const anothers = await byId(wanted.id)
      if (anothers) return anothers
      throw error
    }
  }
  return {
    byId,
    byKey: async (key) => (await appsOf(db, await db.select().from(apps).where(eq(apps.key, key))))[0] ?? null,
    list: async () => appsOf(db, await db.select().from(apps).orderBy(asc(apps.id))),
    async enabledAmong(ids) {
      const enabled = and(inArray(apps.id, [...ids]), eq(apps.enabled, true))
      return (await db.select({ id: apps.id }).from(apps).where(enabled)).map(({ id }) => id)
    },
    create: async (app) => existing(await insertApp(db, app)),
    async change(id, change) {
      const app = await existing(id)
      await applyChange(db, app, change)
      return existing(id)
    },
    async ensureFirst(wanted) {
      const app = await byId(wanted.id)
      if (!app) return addFirst(wanted)
      if (wanted.key === undefined || wanted.secret === undefined) return app
      await db.update(apps).set({ key: wanted.key }).where(eq(apps.id, wanted.id))
      if (!app.secrets.some(({ secret }) => secret === wanted.secret)) await addSecret(db, wanted.id, wanted.secret)
      return existing(wanted.id)
    },
  }
}

/** With their secrets, index-aligned. */
export async function appsOf(db: Queryable, rows: AppRow[]): Promise<App[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const secrets = await db.select().from(appSecrets).where(inArray(appSecrets.appId, ids)).orderBy(asc(appSecrets.id))
  return rows.map((row) =>
    toApp(
      row,
      secrets.filter(({ appId }) => appId === row.id),
    ),
  )
}

function toApp(row: AppRow, secrets: SecretRow[]): App {
  return {
    ...row,
    createdAt: unixSeconds(row.createdAt),
    secrets: secrets.map(({ id, secret, createdAt }) => ({ id, secret, createdAt: unixSeconds(createdAt) })),
  }
}

/** The app and its first secret in one statement. */
async function insertApp(db: Queryable, app: NewApp, id?: number): Promise<number> {
  const { name, key = randomBytes(10).toString('hex'), secret = randomBytes(16).toString('hex') } = app
  const { rows } = await db.execute<{ id: number }>(sql`
    with app as (
      insert into carillon.apps (id, name, key, v2_only, settings)
      values (${id === undefined ? sql`default` : id}, ${name}, ${key}, ${app.v2Only ?? false}, ${JSON.stringify(app.settings ?? {})}::jsonb)
      on conflict do nothing
      returning id
    )
    insert into carillon.app_secrets (app_id, secret) select id, ${secret} from app returning app_id as id`)
  const [inserted] = rows
  if (!inserted) throw new CarillonError('conflict', `An app with the key ${key} already exists; choose another key.`)
  if (id !== undefined) await skipIdsTo(db)
  return inserted.id
}

/** An id that was set explicitly does not advance the sequence. */
async function skipIdsTo(db: Queryable): Promise<void> {
  await db.execute(sql`
    select setval(pg_get_serial_sequence('carillon.apps', 'id'), (select max(id) from carillon.apps))`)
}

async function applyChange(db: Queryable, app: App, change: AppChange): Promise<void> {
  const { name = app.name, v2Only = app.v2Only, enabled = app.enabled, addSecret: added, retireSecret } = change
  if (retireSecret !== undefined) await removeSecret(db, app, retireSecret)
  await db
    .update(apps)
    .set({ name, v2Only, enabled, settings: { ...app.settings, ...change.settings } })
    .where(eq(apps.id, app.id))
  if (added !== undefined) await addSecret(db, app.id, added || randomBytes(16).toString('hex'))
}

async function addSecret(db: Queryable, appId: number, secret: string): Promise<void> {
  await db.insert(appSecrets).values({ appId, secret })
}

async function removeSecret(db: Queryable, app: App, id: number): Promise<void> {
  if (!app.secrets.some((secret) => secret.id === id))
    throw new CarillonError('app_not_found', `The app has no secret ${id}.`)
  if (app.secrets.length === 1)
    throw new CarillonError('conflict', 'An app must have at least one secret; add a new one first.')
  await db.delete(appSecrets).where(eq(appSecrets.id, id))
}

function appNotFound(id: number): never {
  throw new CarillonError('app_not_found', `There is no app ${id}.`)
}

function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
