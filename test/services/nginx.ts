import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { type Server, startServer } from './guarded.ts'
import { freePort, serverFolder } from './place.ts'

/** False: skip by name, `describe.skipIf(!hasNginx)(…)`. */
export const hasNginx = inject('nginxProgram') !== undefined

const FILE = join(import.meta.dirname, '../../nginx.conf')

/** The proxy of docker-compose.yml as it is, but for where things are: both roles on ports of this machine. */
export async function proxyOf(ports: { api: number; realtime: number }): Promise<{ port: number }> {
  const program = inject('nginxProgram')
  if (!program) throw new Error('This test needs nginx: guard it with describe.skipIf(!hasNginx).')
  const [port, folder] = [await freePort(), serverFolder('nginx')]
  const changes = [
    ['/run/nginx.pid', join(folder, 'nginx.pid')],
    ['http://api:6001', `http://127.0.0.1:${ports.api}`],
    // Older versions look names up once only.
    ['server realtime:6001 resolve;', `server 127.0.0.1:${ports.realtime};`],
    ['http://realtime:6001', `http://127.0.0.1:${ports.realtime}`],
    ['listen 6001', `listen 127.0.0.1:${port}`],
    ['http {', `http { ${temporaryPaths(folder)}`],
  ] as const
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, changes.reduce(replaceOnce, readFileSync(FILE, 'utf8')))
  const server: Server = await startServer({
    name: 'nginx',
    command: program,
    args: ['-p', folder, '-c', file, '-e', 'stderr', '-g', 'daemon off;'],
    folder,
    stopSignal: 'TERM',
    ready: async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).status === 404,
  })
  onTestFinished(() => server.stop())
  return { port }
}

function replaceOnce(text: string, [from, to]: readonly [string, string]): string {
  if (text.split(from).length !== 2) throw new Error(`nginx.conf should have "${from}" once.`)
  return text.replace(from, () => to)
}

/** A folder that nginx may write to, whichever user runs it. */
function temporaryPaths(folder: string): string {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(' ')
}
