import { asc, eq } from 'drizzle-orm'
import type { App, AppAccount, AppWithAccount, GopusherApps, Registration } from '@carillon/contract'
import type { Database } from '../database.ts'
import { appAccounts, apps } from '../schema/app.ts'
import { appRepository, appsOf } from './apps.ts'

/** Accounts are kept apart from apps, so that code that reads an app never holds the hash of a password. */
export function gopusherApps(db: Database): GopusherApps {
  return {
    register: (registration) => register(db, registration),
    byKey: async (key) => (await withAccounts(db, await joined(db).where(eq(apps.key, key))))[0] ?? null,
    async page({ limit, offset }) {
      const enabled = eq(apps.enabled, true)
      const rows = await joined(db).where(enabled).orderBy(asc(apps.id)).limit(limit).offset(offset)
      return { total: await db.$count(apps, enabled), apps: await withAccounts(db, rows) }
    },
    unregister: (app) => unregister(db, app),
  }
}

function register(db: Database, { name, account, connectHook }: Registration): Promise<App> {
  return db.transaction(async (tx) => {
    const app = await appRepository(tx).create({ name, settings: connectHook === undefined ? {} : { connectHook } })
    await tx.insert(appAccounts).values({ ...account, appId: app.id })
    return app
  })
}

function unregister(db: Database, app: number): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.update(apps).set({ enabled: false }).where(eq(apps.id, app))
    await tx.delete(appAccounts).where(eq(appAccounts.appId, app))
  })
}

function joined(db: Database) {
  return db.select({ app: apps, account: appAccounts }).from(apps).leftJoin(appAccounts, eq(appAccounts.appId, apps.id))
}

type JoinedRow = Awaited<ReturnType<typeof joined>>[number]

async function withAccounts(db: Database, rows: JoinedRow[]): Promise<AppWithAccount[]> {
  const found = await appsOf(
    db,
    rows.map(({ app }) => app),
  )
  return found.map((app, index) => ({ app, account: accountOf(rows[index]!) }))
}

function accountOf({ account }: JoinedRow): AppAccount | null {
  return account && { name: account.name, passwordHash: account.passwordHash, requestIp: account.requestIp }
}
