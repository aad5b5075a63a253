import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import { startServer } from './guarded.ts'
import { freePort, serverFolder } from './place.ts'
import { unprivileged } from './unprivileged.ts'

/** False: skip by name, `describe.skipIf(!hasPgBouncer)(…)`. */
export const hasPgBouncer = inject('pgBouncerProgram') !== undefined

/** Few, so that its clients get each other's. */
const CONNECTIONS = 3

/**
 * A PgBouncer of the test's own, which gives each transaction any of its connections.
 * @param more lines of its settings
 * @returns the database's URL there
 */
export async function pooled(databaseUrl: string, more = ''): Promise<string> {
  const program = inject('pgBouncerProgram')
  if (!program) throw new Error('This test needs PgBouncer: guard it with describe.skipIf(!hasPgBouncer).')
  const identity = unprivileged('PgBouncer')
  const [port, folder] = [await freePort(), serverFolder('pgbouncer', identity)]
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, settingsFor(port, new URL(databaseUrl)) + more)
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  const server = await startServer({
    name: 'PgBouncer',
    command: program,
    args: [file],
    folder,
    stopSignal: 'TERM',
    identity,
    ready: () => answers(url.href),
  })
  onTestFinished(() => server.stop())
  return url.href
}

function settingsFor(port: number, { hostname, port: postgres, username, password, pathname }: URL): string {
  const login = `user=${username} ${password && `password=${password}`}`
  return `
[databases]
${pathname.slice(1)} = host=${hostname} port=${postgres || 5432} ${login}
[pgbouncer]
pool_mode = transaction
default_pool_size = ${CONNECTIONS}
auth_type = any
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
`
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client(url)
  await client.connect()
  await client.end()
  return true
}
