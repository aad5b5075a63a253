import { randomBytes } from 'node:crypto'
import { waitFor } from '@carillon/testkit'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'

/** False: skip by name, `describe.skipIf(!hasPostgres)(…)`. */
export const hasPostgres = inject('postgresUrl') !== undefined

export interface FreshDatabase {
  url: string
  /** Also with connections still open. */
  drop(): Promise<void>
}

/** A new empty database on the test Postgres. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject('postgresUrl')
  if (!server) throw new Error('This test needs Postgres: guard it with describe.skipIf(!hasPostgres).')
  const name = `test_${randomBytes(6).toString('hex')}`
  // template1 cannot be copied while anybody is connected to it; nobody ever is to template0.
  await query(server, `create database ${name} template template0`)
  const url = new URL(server)
  url.pathname = name
  return { url: url.href, drop: () => drop(server, name) }
}

/**
 * A pool that has ended may still have sockets on their way out; to be cut off there is an error
 * that nobody listens for. So whoever is leaving may leave first.
 */
async function drop(server: string, name: string) {
  const left = waitFor(() => query(server, `drop database if exists ${name}`).then(() => true), { timeout: 3000 })
  await left.catch(() => query(server, `drop database if exists ${name} with (force)`))
}

/** A pool of one connection, so that one can tell from the server's counts what it has read. Ended with the test. */
export function oneConnection(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  onTestFinished(() => pool.end())
  return pool
}

/** Runs statements, one after the other, on a connection of its own. */
export async function query(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
