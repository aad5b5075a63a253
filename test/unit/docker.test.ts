import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { memoryCluster } from '@carillon/backplane'
import { isSettingName, loadConfig } from '@carillon/config'
import { createHub } from '@carillon/hub'
import { protocols } from '@carillon/realtime'
import { silentLogger } from '@carillon/testkit'
import { processIo } from '../../apps/cli/io.ts'
import { createProgram } from '../../apps/cli/program.ts'

interface Service {
  image?: string
  build?: string
  command?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  ports?: string[]
  volumes?: string[]
  healthcheck?: { test?: string[]; disable?: boolean }
}

interface ComposeFile {
  services: Record<string, Service>
  volumes: Record<string, unknown>
}

const root = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(resolve(root, file), 'utf8')
const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ').split('\n')
const { services, volumes } = parse(read('docker-compose.yml'), { merge: true }) as ComposeFile
const ours = Object.entries(services).filter(([, service]) => service.build)

/** The arguments of the last such instruction, which is the one that counts. */
function instruction(name: string): string {
  return (
    dockerfile
      .filter((line) => line.trim().startsWith(`${name} `))
      .at(-1)
      ?.trim()
      .slice(name.length + 1) ?? ''
  )
}

/** Fills in a compose file's `${NAME:-default}` and `${NAME:?message}`. */
function interpolate(value: string, env: Record<string, string>): string {
  return value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind: string, rest: string) => {
    if (env[name]) return env[name]
    if (kind === '-') return rest
    throw new Error(`${name} is required`)
  })
}

async function livePaths(): Promise<string[]> {
  const apps = { byKey: async () => null, byId: async () => null }
  const unused = {} as never
  const all = protocols({
    hub: createHub({ cluster: memoryCluster(), log: silentLogger }),
    apps,
    gopusherApps: unused,
    sessions: unused,
    archives: unused,
    sessionCallbacks: unused,
    enabledApps: unused,
    queues: unused,
    version: '',
    callbacks: { post: async () => {} },
    outbound: unused,
    log: silentLogger,
  })
  const paths = all.flatMap(({ http, sockets, node }) =>
    [http, sockets, node].flatMap((handler) => [...(handler?.paths ?? [])]),
  )
  await Promise.all(all.map(async (protocol) => protocol.stop?.()))
  return paths
}

describe('docker-compose.yml', () => {
  test('has the whole set', () => {
    expect(Object.keys(services)).toEqual([
      'api',
      'realtime',
      'proxy',
      'worker',
      'migrate',
      'postgres',
      'redis',
      'mailpit',
    ])
    expect(services['realtime']).toMatchObject({ deploy: { replicas: 2 } })
    expect(services['worker']).toMatchObject({ deploy: { replicas: 2 } })
  })

  test.each(Object.entries(services))(
    '%s has an image, waits for services there are, and says how it is checked',
    (_, service) => {
      expect(service.image ?? service.build).toBeTruthy()
      for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(Object.keys(services)).toContain(name)
        const isChecked = services[name]?.healthcheck?.test !== undefined
        expect(condition).toBe(isChecked ? 'service_healthy' : 'service_completed_successfully')
      }
      const { test: check, disable } = service.healthcheck ?? {}
      expect(Boolean(check) || disable || service.build !== undefined).toBe(true)
    },
  )

  test.each(Object.entries(services))('%s publishes to loopback only, and its volumes are declared', (_, service) => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    for (const [source = ''] of (service.volumes ?? []).map((volume) => volume.split(':'))) {
      expect(source.startsWith('./') ? existsSync(resolve(root, source)) : Object.keys(volumes).includes(source)).toBe(
        true,
      )
    }
  })

  test('only the proxy takes calls, and passes them on to services there are', () => {
    expect(ours.flatMap(([, { ports = [] }]) => ports)).toEqual([])
    expect(services['proxy']?.ports).toEqual(['127.0.0.1:6001:6001'])
    const upstreams = [...read('nginx.conf').matchAll(/http:\/\/(\w+):(\d+);/g)].map(([, name, port]) => [name, port])
    expect(upstreams).toEqual([
      ['api', '6001'],
      ['realtime', '6001'],
    ])
  })

  test.each(['nginx.conf', 'docs/deploying.md'])(
    '%s hands every path of live connections to realtime',
    async (file) => {
      const patterns = [...read(file).matchAll(/location ~ (\S+) \{/g)].map(([, pattern]) => new RegExp(pattern!))
      const isLive = (path: string) => patterns.some((pattern) => pattern.test(path))
      const paths = await livePaths()
      expect(paths).toContain('/app')
      expect(paths.filter((path) => !isLive(path) || isLive(`${path}x`))).toEqual([])
    },
  )

  test.each(ours)('%s runs a command there is, on settings there are', (_, { command, environment = {} }) => {
    const commands = createProgram(processIo()).commands.map((each) => each.name())
    expect(commands).toContain(command?.[0])
    expect(Object.keys(environment).filter((name) => !isSettingName(name))).toEqual([])
    const secrets = { APP_KEY: 'key', APP_SECRET: 'secret' }
    const env = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, interpolate(value, secrets)]),
    )
    expect(loadConfig({ env: { HOST: '0.0.0.0', ...env }, cwd: import.meta.dirname })).toMatchObject({
      open: false,
      databaseUrl: expect.stringContaining('@postgres:'),
      redisUrl: 'redis://redis:6379',
    })
  })

  test('does not start without APP_KEY and APP_SECRET', () => {
    for (const [, { environment }] of ours) {
      expect(() => interpolate(environment?.['APP_KEY'] ?? '', {})).toThrow('APP_KEY is required')
      expect(() => interpolate(environment?.['APP_SECRET'] ?? '', {})).toThrow('APP_SECRET is required')
    }
  })

  const compose = spawnSync('docker', ['compose', 'version']).status === 0
  test.skipIf(!compose)('is accepted by docker compose (skipped without the docker client)', () => {
    const env = { ...process.env, APP_KEY: 'key', APP_SECRET: 'secret' }
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
      cwd: root,
      env,
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

describe('Dockerfile', () => {
  const copied = dockerfile
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
    .flatMap((line) => line.split(' ').slice(1, -1))

  test.each(copied)('%s exists, and .dockerignore lets it in', (path) => {
    expect(existsSync(resolve(root, path))).toBe(true)
    expect(read('.dockerignore').split('\n')).toContain(`!${path}`)
  })

  test('all workspaces are copied', () => {
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] }
    expect(copied).toEqual(expect.arrayContaining(workspaces.map((pattern) => pattern.replace('/*', ''))))
  })

  test('runs node itself on a file that exists, as another user than root', () => {
    const [program, file] = JSON.parse(instruction('ENTRYPOINT')) as string[]
    expect(program).toBe('node')
    expect(existsSync(resolve(root, file ?? ''))).toBe(true)
    expect(instruction('USER')).toBe('node')
    expect(instruction('FROM')).toMatch(/^node:24-slim/)
  })

  test.each([
    [200, 0],
    [503, 1],
  ])('its healthcheck reads %i from /healthz as %i', async (status, code) => {
    const asked: (string | undefined)[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.writeHead(status, { connection: 'close' }).end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const [program, ...args] = JSON.parse(instruction('HEALTHCHECK').replace(/^.*? CMD /, '')) as string[]
    expect(program).toBe('node')
    const env = { PORT: String((server.address() as AddressInfo).port) }
    const [ended] = (await once(execFile(process.execPath, args, { env }), 'exit')) as [number]
    server.close()
    expect({ ended, asked }).toEqual({ ended: code, asked: ['/healthz'] })
  })
})
