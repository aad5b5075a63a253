import { EventEmitter } from 'node:events'
import { PGlite } from '@electric-sql/pglite'
import {
  DEFAULT_SCHEMA,
  type PgPool,
  type PgPoolClient,
  type PgQueryable,
  type PgQueryResult,
  runMigrations,
} from 'bullmq'

/**
 * PGlite with BullMQ's tables, as a pool for its Postgres backend whose clients are all the same one: PGlite has a
 * single session. BullMQ asks in single statements, so nobody comes between another's; and PGlite does one thing at a
 * time anyway, so nothing is slower. Its socket server, which Carillon asks through, would take several connections for
 * one session and mix them up; through it and one connection BullMQ is as fast as this.
 */
export async function oneSession(folder: string): Promise<{ pool: PgPool; close(): Promise<void> }> {
  const db = await PGlite.create(folder)
  const query = asking(db)
  const client = Object.assign(new EventEmitter(), { query, release() {} }) as unknown as PgPoolClient & EventEmitter
  db.onNotification((channel, payload) => void client.emit('notification', { channel, payload }))
  await runMigrations(client)
  await db.exec(`set search_path to ${DEFAULT_SCHEMA}`)
  const pool: PgPool = {
    query,
    connect: async () => client,
    end: async () => {},
    on: () => pool,
    removeAllListeners: () => pool,
  }
  return { pool, close: () => db.close() }
}

/** Migrations are several statements in one text, which only `exec` takes. */
function asking(db: PGlite): PgQueryable['query'] {
  return async (text: string, values?: readonly unknown[]): Promise<PgQueryResult> => {
    if (values) return db.query(text, [...values])
    return (await db.exec(text)).at(-1) ?? { rows: [] }
  }
}
