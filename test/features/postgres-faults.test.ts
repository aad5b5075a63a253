import { randomBytes } from 'node:crypto'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { waitFor } from '@carillon/testkit'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { checkReady } from '../../apps/cli/ready.ts'
import { database } from '../../packages/store/database.ts'
import { openServer } from '../../packages/store/open/server.ts'
import { openStore } from '../../packages/store/store.ts'
import { certificate, type Certificate } from '../services/certificates.ts'
import { freshDatabase, hasPostgres, query } from '../services/database.ts'
import { canRestartPostgres, ownPostgres } from '../services/own-postgres.ts'
import { hasPgBouncer, pooled } from '../services/pgbouncer.ts'
import type { PostgresOn } from '../services/postgres.ts'
import { unprivileged } from '../services/unprivileged.ts'

/** What a start says: the sentence that stops it, or its notices. */
async function said(url: string): Promise<string> {
  const text = await openServer(url).then(
    ({ notices, close }) => close().then(() => notices.join('\n')),
    ({ name, message }: Error) => (name === 'SetupError' ? message : `${name}: ${message}`),
  )
  expect(text).not.toContain('hush')
  return text
}

function urlOf(url: string, parts: Partial<Pick<URL, 'username' | 'password' | 'search' | 'hostname'>>): string {
  return Object.assign(new URL(url), parts).href
}

async function ownDatabase(): Promise<string> {
  const { url, drop } = await freshDatabase()
  onTestFinished(drop)
  return url
}

/** A connection that somebody else has, as soon as there is one to have. */
async function held(url: string): Promise<pg.Client> {
  return waitFor(async () => {
    const client = new pg.Client(url)
    await client.connect()
    return client
  })
}

async function opened(url: string, size?: number) {
  const { pool, close } = await openServer(url, size)
  pool.on('error', () => {})
  onTestFinished(close)
  return { db: database(pool), pool }
}

describe.skipIf(!canRestartPostgres)('a Postgres that Carillon cannot work with', () => {
  let server: PostgresOn
  let folder: string
  let authority: string

  beforeAll(async () => {
    server = await ownPostgres()
    folder = mkdtempSync(join(tmpdir(), 'carillon-postgres-'))
    authority = join(folder, 'authority.crt')
    const trusted = 'host all carillon,poor,slow 127.0.0.1/32 trust\nhost all carillon ::1/128 trust\n'
    writeFileSync(
      join(server.data, 'pg_hba.conf'),
      `${trusted}host all known 127.0.0.1/32 scram-sha-256\nhostssl all safe 127.0.0.1/32 trust\n`,
    )
    await query(
      server.url,
      ...['known', 'safe', 'poor', 'slow'].map((role) => `create role ${role} login password 'x'`),
    )
    await query(server.url, `alter system set listen_addresses = 'localhost'`, 'select pg_reload_conf()')
  }, 60_000)
  afterAll(async () => {
    await server.drop()
    rmSync(folder, { recursive: true })
  })

  async function withCertificate(made: Certificate): Promise<void> {
    const { uid, gid } = unprivileged('Postgres')
    const files = { cert: join(server.data, 'own.crt'), key: join(server.data, 'own.key') }
    for (const part of ['cert', 'key'] as const) {
      writeFileSync(files[part], made[part], { mode: 0o600 })
      if (uid !== undefined && gid !== undefined) chownSync(files[part], uid, gid)
    }
    await query(
      server.url,
      `alter system set ssl_cert_file = '${files.cert}'`,
      `alter system set ssl_key_file = '${files.key}'`,
      'alter system set ssl = on',
      'select pg_reload_conf()',
    )
  }

  it('refuses the password, or finds none, or has no entry for the user', async () => {
    const wrong = /^Postgres at 127\.0\.0\.1:\d+ refuses the user known, or its password: correct DATABASE_URL\.$/
    expect(await said(urlOf(server.url, { username: 'known', password: 'hush' }))).toMatch(wrong)
    expect(await said(urlOf(server.url, { username: 'known' }))).toMatch(wrong)
    expect(await said(urlOf(server.url, { username: 'other', password: 'hush' }))).toMatch(
      /no entry in its pg_hba.conf/,
    )
  })

  it('has a certificate that nobody trusts, that has expired or is for another host', async () => {
    const warned = vi.spyOn(process, 'emitWarning')
    onTestFinished(() => warned.mockRestore())
    const tls = (search: string, parts = {}) => urlOf(server.url, { search, ...parts })
    expect(await said(tls('?sslmode=require'))).toMatch(/The server does not support SSL connections\. Turn its ssl on/)
    const made = await certificate({ host: 'IP:127.0.0.1' })
    writeFileSync(authority, made.cert)
    await withCertificate(made)
    const untrusted =
      /^The certificate of Postgres at \S+ is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\): .*sslrootcert=.*sslmode=no-verify/
    for (const mode of ['require', 'prefer', 'verify-ca', 'verify-full'])
      expect(await said(tls(`?sslmode=${mode}`))).toMatch(untrusted)
    expect(await said(tls('?sslmode=no-verify'))).toBe('')
    expect(await said(tls('?sslmode=require&uselibpqcompat=true'))).toBe('')
    expect(await said(tls(`?sslmode=require&sslrootcert=${authority}`))).toBe('')
    expect(await said(tls(`?sslrootcert=${folder}/none.crt`))).toMatch(
      /^The file \S+none.crt that DATABASE_URL names can/,
    )
    writeFileSync(join(folder, 'broken.crt'), '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n')
    expect(await said(tls(`?sslrootcert=${folder}/broken.crt`))).toMatch(/^A file named in DATABASE_URL|is self-signed/)
    const old = await certificate({ host: 'IP:127.0.0.1', until: '20200201000000Z' })
    writeFileSync(authority, old.cert)
    await withCertificate(old)
    expect(await said(tls(`?sslmode=verify-full&sslrootcert=${authority}`))).toMatch(/has expired \(CERT_HAS_EXPIRED\)/)
    const other = await certificate({ host: 'DNS:db.example' })
    writeFileSync(authority, other.cert)
    await withCertificate(other)
    expect(await said(tls(`?sslmode=verify-full&sslrootcert=${authority}`))).toMatch(
      /is for another host name \(ERR_TLS/,
    )
    expect(warned).not.toHaveBeenCalled()
    expect(await said(tls('', { username: 'safe' }))).toMatch(
      /no entry in its pg_hba.conf .* add sslmode=require to DAT/,
    )
  })

  it('gives its user no right to make tables', async () => {
    expect(await said(urlOf(server.url, { username: 'poor' }))).toMatch(
      /^The user poor may not create tables in the data/,
    )
  })

  it('is not at its socket', async () => {
    expect(await said(`postgres:///bells?host=${folder}`)).toMatch(/^Postgres cannot be reached at \S+ \(ENOENT\)/)
    expect(await said(`postgres://ada:hush@/bells?host=${folder}`)).toMatch(
      /^Postgres cannot be reached at \S+ \(ENOENT/,
    )
  })

  it('ends statements after a time that its user has, but never those of a migration', async () => {
    await query(server.url, 'create database slow owner slow', `alter role slow set statement_timeout = '150ms'`)
    await query(server.url, `alter role slow set lock_timeout = '1ms'`)
    const url = Object.assign(new URL(server.url), { username: 'slow', pathname: '/slow' }).href
    expect(await said(url)).toMatch(
      /^Postgres ends statements of the user slow after 0.15 s \(statement_timeout\), and/,
    )
  })

  it('is a standby, and is left once it is one', async () => {
    expect(await said(server.url)).toBe('')
    const store = await openStore({ databaseUrl: server.url, dataDir: '', onError() {} })
    onTestFinished(() => store.close())
    const ready = () => checkReady({ store, queue: { ping: async () => {} } })
    await ready()
    writeFileSync(join(server.data, 'standby.signal'), '')
    await server.restart()
    expect(await said(server.url)).toMatch(
      /^Postgres at \S+ accepts no writes \(25006\): it is a standby, or .* to the primary/,
    )
    const sentence = 'The database cannot be used (25006): it accepts no writes, because it is a standby or read-only.'
    await expect
      .poll(() =>
        ready().then(
          () => '',
          (error: Error) => error.message,
        ),
      )
      .toBe(sentence)
    await query(server.url, 'select pg_promote()')
    await expect
      .poll(() =>
        ready().then(
          () => '',
          (error: Error) => error.message,
        ),
      )
      .toBe('')
  }, 60_000)
})

describe.skipIf(!hasPostgres)('a Postgres that has few connections to give', () => {
  const slow = sql`select pg_sleep(0.02)`

  /** A database of its own, for a role with a limit. */
  async function limited(limit: number): Promise<string> {
    const role = `few_${randomBytes(6).toString('hex')}`
    onTestFinished(() => query(inject('postgresUrl')!, `drop role ${role}`))
    const url = await ownDatabase()
    await query(url, `create role ${role} login superuser`)
    await (await openServer(url)).close()
    await query(
      url,
      `alter role ${role} nosuperuser connection limit ${limit}`,
      `grant all on schema carillon to ${role}`,
    )
    await query(url, `grant all on schema carillon_migrations to ${role}`, `grant pg_read_all_data to ${role}`)
    return Object.assign(new URL(url), { username: role }).href
  }

  it('is asked for no more than DATABASE_POOL', async () => {
    const { db, pool } = await opened(await ownDatabase(), 3)
    await Promise.all(Array.from({ length: 12 }, () => db.execute(slow)))
    expect(pool.totalCount).toBe(3)
  })

  it('still answers while one comes free after another', async () => {
    const url = await limited(2)
    const { db, pool } = await opened(url, 10)
    await Promise.all(Array.from({ length: 30 }, () => db.execute(slow)))
    expect(pool.totalCount).toBeLessThanOrEqual(2)
    await Promise.all(Array.from({ length: 5 }, () => db.transaction((tx) => tx.execute(slow))))
  })

  it('is waited for where others have all of them, also at start', async () => {
    const url = await limited(1)
    const other = await held(url)
    const opening = opened(url, 10)
    await expect.poll(() => isRefused(url)).toBe(true)
    await other.end()
    const { db, pool } = await opening
    await pool.connect().then((client) => client.release(true))
    const another = await held(url)
    const answers = Promise.all(Array.from({ length: 5 }, () => db.execute(slow)))
    await expect.poll(() => isRefused(url)).toBe(true)
    await another.end()
    expect(await answers).toHaveLength(5)
  })

  /** Whether the role is refused. */
  async function isRefused(url: string): Promise<boolean> {
    return query(url).then(
      () => false,
      ({ message }: Error) => /too many connections/.test(message),
    )
  }

  it.skipIf(!hasPgBouncer)('or is behind a PgBouncer that has', async () => {
    const url = await ownDatabase()
    await (await openServer(url)).close()
    const { db, pool } = await opened(await pooled(url, 'max_client_conn = 2\n'), 10)
    await Promise.all(Array.from({ length: 30 }, () => db.execute(slow)))
    expect(pool.totalCount).toBeLessThanOrEqual(2)
  })
})
