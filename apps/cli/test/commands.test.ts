import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { CarillonError, noCategory, signV2 } from '@carillon/contract'
import type { App } from '@carillon/contract'
import type { EmbeddedBoot } from '@carillon/store/boot'
import { describeError } from '../errors.ts'
import type { Io } from '../io.ts'
import { createProgram } from '../program.ts'
import type { AllInOneRole, Apps, Roles, SenderChoice } from '../roles.ts'
import { emptyFolder } from '../../../test/services/carillon.ts'
import { startVerifyingServer } from '../../../test/services/verifying-server.ts'

const missing = noCategory('nope')
const servers = { DATABASE_URL: 'postgres://db/carillon', REDIS_URL: 'redis://cache' }

/** A process that only remembers. `signal` is what the operator sends. */
function fakeProcess(compose: Partial<Roles> = {}, env: Record<string, string> = {}, terminal = false) {
  const listeners = new Map<string, () => void>()
  const seen = { out: '', err: '', exits: [] as number[], booted: [] as string[] }
  const io: Io = {
    env,
    terminal,
    print: (words) => void (seen.out += words),
    complain: (words) => void (seen.err += words),
    onSignal: (signal, listener) => void listeners.set(signal, listener),
    exit: (code) => void seen.exits.push(code),
    onUncaught() {},
    onExit() {},
    compose: () => Promise.resolve(compose as Roles), // a command that calls another part fails its test
    boot: ({ databaseUrl, dataDir }) => {
      if (databaseUrl) return undefined
      seen.booted.push(dataDir)
      return { dataDir } as EmbeddedBoot
    },
  }
  const run = (...args: string[]) => createProgram(io).parseAsync(['node', 'carillon', ...args])
  return { run, seen, signal: (name: string) => listeners.get(name)?.() }
}

describe('start', () => {
  const app = { id: 1, key: 'the-key', secrets: [{ id: 1, secret: 'the-secret', createdAt: 0 }] }
  const running = () => ({
    host: '127.0.0.1',
    port: 6001,
    producers: 7720,
    app,
    stop: vi.fn<AllInOneRole['stop']>(() => Promise.resolve()),
  })

  test('runs all in one with the flags, says welcome, and a signal stops it once', async () => {
    const role = running()
    const runAllInOne = vi.fn<Roles['runAllInOne']>(() => Promise.resolve(role))
    const { run, seen, signal } = fakeProcess({ runAllInOne })
    const ended = run('start', '--port', '7000', '--outbox')
    await vi.waitUntil(() => seen.out.includes('Carillon listens'))
    expect(runAllInOne.mock.calls[0]?.[0]).toMatchObject({ port: 7000, outbox: true })
    expect(seen.booted).toEqual([runAllInOne.mock.calls[0]?.[2]?.dataDir])
    signal('SIGTERM')
    await ended
    expect(role.stop).toHaveBeenCalledOnce()
    expect(seen.exits).toEqual([0])
    expect(seen.err).toMatch(/INFO {2}Stopping\. .* signal=SIGTERM\n$/)
  })

  test('a second signal ends the process while the first still stops it', async () => {
    const stop = vi.fn<AllInOneRole['stop']>(() => new Promise<void>(() => {}))
    const { run, seen, signal } = fakeProcess({ runAllInOne: () => Promise.resolve({ ...running(), stop }) })
    void run('start')
    await vi.waitUntil(() => seen.out !== '')
    signal('SIGINT')
    await vi.waitUntil(() => stop.mock.calls.length > 0)
    expect(seen.exits).toEqual([])
    signal('SIGINT')
    signal('SIGTERM')
    expect(seen.exits).toEqual([130, 143])
    expect(stop).toHaveBeenCalledOnce()
  })

  test('a signal that comes while it starts is kept', async () => {
    const role = running()
    const { run, seen, signal } = fakeProcess({
      runAllInOne: () => {
        signal('SIGINT')
        return Promise.resolve(role)
      },
    })
    await run('start')
    expect(role.stop).toHaveBeenCalledOnce()
    expect(seen.exits).toEqual([0])
  })

  test('notices of the configuration are logged for a person to read', async () => {
    const { run, seen, signal } = fakeProcess({ runAllInOne: () => Promise.resolve(running()) })
    const ended = run('start', '--port', '6000')
    await vi.waitUntil(() => seen.out !== '')
    signal('SIGINT')
    await ended
    expect(seen.err).toMatch(/WARN {2}Browsers and fetch refuse/)
  })

  test.each<[string, () => Promise<Record<string, string>>, RegExp]>([
    [
      'the first',
      async () => ({ DATA_DIR: '/none/data' }),
      /The database in \/none\/data is being created, which takes/,
    ],
    ['a later one', async () => ({ DATA_DIR: await usedDataDir() }), /The database in \S+ is being opened\.\n/],
    ['one with servers', async () => servers, /Waiting for Postgres and Redis/],
  ])('a start that takes long says what it waits for: %s', async (_which, envOf, sentence) => {
    const listens = Promise.withResolvers<AllInOneRole>()
    const { run, seen, signal } = fakeProcess({ runAllInOne: () => listens.promise }, await envOf())
    const ended = run('start')
    await vi.waitFor(() => expect(seen.err).toMatch(sentence), 10_000)
    expect(seen.err).toContain('INFO  Starting ... ')
    expect(seen.out).toBe('')
    listens.resolve(running())
    signal('SIGINT')
    await ended
  })

  test('what stops it from starting is thrown', async () => {
    const { run } = fakeProcess({ runAllInOne: () => Promise.reject(new Error('no database')) })
    await expect(run('start')).rejects.toThrow('no database')
  })
})

test('api logs JSON when its output is not a terminal', async () => {
  const runApi: Roles['runApi'] = () =>
    Promise.resolve({ host: '127.0.0.1', port: 6001, stop: () => Promise.resolve() })
  const { run, seen, signal } = fakeProcess({ runApi }, servers)
  const ended = run('api')
  await vi.waitUntil(() => seen.err !== '')
  signal('SIGTERM')
  await ended
  expect(JSON.parse(seen.err.split('\n')[0] ?? '')).toMatchObject({
    level: 'info',
    msg: expect.stringContaining(':6001'),
  })
  expect(seen.out).toBe('')
})

test('worker: --sender adds to SENDERS, --only limits', async () => {
  const asked: SenderChoice[] = []
  const runWorker: Roles['runWorker'] = (_config, _log, options) => {
    asked.push(options)
    return Promise.resolve({ stop: () => Promise.resolve() })
  }
  const { run, seen, signal } = fakeProcess({ runWorker }, { ...servers, SENDERS: './a.ts' })
  const ended = run('worker', '--sender', './b.ts', '--sender', './c.ts', '--only', 'sendmail, sendsms')
  await vi.waitUntil(() => seen.err !== '')
  signal('SIGTERM')
  await ended
  expect(asked).toEqual([{ senders: ['./a.ts', './b.ts', './c.ts'], only: ['sendmail', 'sendsms'] }])
})

test('migrate ends by itself', async () => {
  const runMigrate = vi.fn<Roles['runMigrate']>(() => Promise.resolve())
  const { run, seen } = fakeProcess({ runMigrate })
  await run('migrate', '--database-url', 'postgres://db/other')
  expect(runMigrate.mock.calls[0]?.[0]).toMatchObject({ databaseUrl: 'postgres://db/other' })
  expect(seen.out).toBe('The database is up to date.\n')
})

describe('app', () => {
  const secrets = [{ id: 7, secret: 'made-just-now', createdAt: 0 }]
  const shop: App = {
    id: 2,
    name: 'shop',
    key: 'k2',
    secrets,
    v2Only: false,
    enabled: true,
    settings: {},
    createdAt: 0,
  }

  const onPostgres = { DATABASE_URL: 'postgres://localhost/carillon' }

  async function output(apps: Partial<Apps>, ...args: string[]) {
    const close = vi.fn<Apps['close']>(() => Promise.resolve())
    const { run, seen } = fakeProcess({ openApps: () => Promise.resolve({ ...apps, close } as Apps) }, onPostgres)
    try {
      await run('app', ...args)
    } finally {
      expect(close).toHaveBeenCalledOnce()
    }
    return seen.out
  }

  test('create shows the secret, list does not', async () => {
    const create = vi.fn<Apps['create']>(() => Promise.resolve(shop))
    expect(await output({ create }, 'create', 'shop')).toBe('id      2\nkey     k2\nsecret  made-just-now\n')
    expect(create).toHaveBeenCalledWith('shop')
    expect(await output({ list: () => Promise.resolve([shop]) }, 'list')).toBe('2  shop  key k2  secrets 7\n')
  })

  test('list has a header on a terminal, and a sentence when it is empty', async () => {
    const listed = async (apps: App[], terminal: boolean) => {
      const openApps = () => Promise.resolve({ list: async () => apps, close: async () => {} } as Partial<Apps> as Apps)
      const { run, seen } = fakeProcess({ openApps }, onPostgres, terminal)
      await run('app', 'list')
      return seen
    }
    expect((await listed([shop], true)).out).toBe(
      'ID  NAME  KEY  SECRETS  PUBLIC KEYS  STATE\n2   shop  k2   7        0            enabled\n',
    )
    expect(await listed([], false)).toMatchObject({ out: '', err: 'There are no apps.\n' })
  })

  test.each([
    ['app', 'list'],
    ['app', 'set', '1', 'name=shop'],
    ['app', 'add-secret', '1'],
    ['app', 'retire-secret', '1', '1'],
    ['app', 'retire-key', '1', '1'],
    ['migrate'],
  ])('%s creates no database where there is none', async (...args) => {
    const dataDir = join(await emptyFolder(), 'data')
    const change = fakeProcess({}, { DATA_DIR: dataDir }).run(...args)
    await expect(change).rejects.toThrow(`There is no database in ${dataDir}. Run this command in the folder`)
  })

  test('create works before the first start of a server', async () => {
    const openApps = async () => ({ create: async () => shop, close: async () => {} }) as Partial<Apps> as Apps
    const { run, seen } = fakeProcess({ openApps }, { DATA_DIR: join(await emptyFolder(), 'data') })
    await run('app', 'create', 'shop')
    expect(seen.out).toContain('made-just-now')
  })

  test('add-secret and retire-secret', async () => {
    const addSecret = () => Promise.resolve({ id: 8, secret: 'another', createdAt: 0 })
    expect(await output({ addSecret }, 'add-secret', '2')).toBe('id      8\nsecret  another\n')
    const retireSecret = vi.fn<Apps['retireSecret']>(() => Promise.resolve())
    await output({ retireSecret }, 'retire-secret', '2', '7')
    expect(retireSecret).toHaveBeenCalledWith(2, 7)
  })

  test('add-key and retire-key', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
    const folder = await emptyFolder()
    const [good, bad] = [join(folder, 'good.pem'), join(folder, 'bad.pem')]
    await Promise.all([writeFile(good, pem), writeFile(bad, 'no key')])
    const setPublicKeys = vi.fn<Apps['setPublicKeys']>(() => Promise.resolve())
    const apps = { publicKeys: () => Promise.resolve(['one', 'two']), setPublicKeys }
    expect(await output(apps, 'add-key', '2', good)).toBe('The key has the number 3 of the app 2.\n')
    expect(setPublicKeys).toHaveBeenLastCalledWith(2, ['one', 'two', pem])
    await output(apps, 'retire-key', '2', '1')
    expect(setPublicKeys).toHaveBeenLastCalledWith(2, ['two'])
    await expect(output(apps, 'retire-key', '2', '3')).rejects.toThrow('The app 2 has 2 public keys.')
    const add = (file: string) => fakeProcess({}, onPostgres).run('app', 'add-key', '2', file)
    await expect(add(bad)).rejects.toThrow(`${bad} contains no RSA (2048 bits or more) or P-256 public key as PEM.`)
    await expect(add(join(folder, 'none'))).rejects.toThrow('cannot be read')
  })

  test('the database is released when a command fails', async () => {
    const addSecret = () => Promise.reject(new CarillonError('app_not_found', 'There is no app 9.'))
    await expect(output({ addSecret }, 'add-secret', '9')).rejects.toThrow('There is no app 9.')
  })
})

describe('curl and push', () => {
  const open: Server[] = []
  afterEach(() => open.splice(0).forEach((server) => server.close()))

  /** A server that answers `answer` and keeps what it was asked. */
  async function serving(answer: object, status = 201) {
    const asked: { request: IncomingMessage; body: string }[] = []
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push({ request, body })
        response
          .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
          .end(JSON.stringify(answer))
      })
    })
    open.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return { port: String((server.address() as AddressInfo).port), asked }
  }

  test('a form, signed with v2, answered like curl -i', async () => {
    const { port, asked } = await serving({ result: 'OK' })
    const { run, seen } = fakeProcess({}, { APP_KEY: 'key', APP_SECRET: 'secret', PORT: port })
    await run('curl', 'post', '/pusher/%2E%2E/ö/', '-d', 'data={"a": "b=c"}', '-d', 'pusher=lupino')
    const [call] = asked
    const pathAndQuery = '/pusher/%2E%2E/%C3%B6/'
    expect(call?.request).toMatchObject({ method: 'POST', url: pathAndQuery })
    expect(call?.request.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect([...new URLSearchParams(call?.body)]).toEqual([
      ['data', '{"a": "b=c"}'],
      ['pusher', 'lupino'],
    ])
    const headers = call?.request.headers
    const [timestamp, nonce] = [String(headers?.['x-request-time']), String(headers?.['x-request-nonce'])]
    const signature = signV2('secret', { method: 'POST', pathAndQuery, timestamp, nonce, body: call?.body ?? '' })
    expect(headers).toMatchObject({ 'x-app-key': 'key', 'x-signature-version': '2', 'x-request-signature': signature })
    expect(seen.out).toMatch(/^HTTP\/1\.1 201 Created\ncontent-type: application\/json\n[^]*\n\n\{"result":"OK"\}\n$/)
  })

  test('GET puts fields into the query; without a key nothing is signed', async () => {
    const { port, asked } = await serving({})
    await fakeProcess().run('curl', 'GET', '/pusher/search/?size=1', '-d', 'q=a b', '--port', port)
    expect(asked[0]?.request.url).toBe('/pusher/search/?size=1&q=a+b')
    expect(asked[0]?.request.headers).not.toHaveProperty('x-app-key')
  })

  test('what is refused because no key is set here says so', async () => {
    const { port } = await serving({ err: 'Invalid X-App-Key', code: 'invalid_app_key' }, 401)
    const unsigned = 'The request was not signed, as APP_KEY and APP_SECRET are not set here.'
    const { run, seen } = fakeProcess({}, { PORT: port })
    await run('curl', 'GET', '/')
    expect(seen.err).toBe(`${unsigned}\n`)
    await expect(run('push', 'sendmail', 'lupino', '{}')).rejects.toThrow(`Invalid X-App-Key: ${unsigned}`)
    const signed = fakeProcess({}, { PORT: port, APP_KEY: 'key', APP_SECRET: 'secret' })
    await signed.run('curl', 'GET', '/')
    expect(signed.seen.err).toBe('')
    await expect(signed.run('push', 'sendmail', 'lupino', '{}')).rejects.toThrow(/^Invalid X-App-Key$/)
  })

  test.each([
    [['-d', 'a=1', '-d', 'b=2'], '{"a":"1","b":"2"}'],
    [['-d', '{"pushes": []}'], '{"pushes": []}'],
    [[], '{}'],
  ])('--json %j sends %s, to a whole URL, with the key given', async (data, body) => {
    const { port, asked } = await serving({})
    const url = `http://127.0.0.1:${port}/v1/push`
    await fakeProcess().run('curl', 'POST', url, '--json', ...data, '--key', 'other', '--secret', 'one')
    expect(asked[0]).toMatchObject({ body, request: { url: '/v1/push' } })
    expect(asked[0]?.request.headers).toMatchObject({ 'content-type': 'application/json', 'x-app-key': 'other' })
  })

  test('where nothing answers, one sentence of every command says what to do, without the password of a URL', async () => {
    const { port } = await serving({})
    const closed = once(open[0] as Server, 'close')
    open.splice(0).forEach((server) => server.close())
    await closed
    const asking = fakeProcess().run('curl', 'GET', `http://me:hunter2@127.0.0.1:${port}/`)
    const sentence =
      `http://127.0.0.1:${port} cannot be reached: ECONNREFUSED. ` +
      'Start a server there with carillon start, or set HOST and PORT to those of the server that runs.'
    await expect(asking).rejects.toThrow(sentence)
    await expect(fakeProcess().run('dead', 'list', '--port', port)).rejects.toThrow(sentence)
  })

  test('dead list prints a line for each, which no reason can break', async () => {
    const dead = { id: '7', sender: 'sendmail', pusher: 'lupino', finishedAt: 1.5, reason: 'no\nsuch\u001b[2J box' }
    const { port, asked } = await serving({ pushes: [dead] })
    const { run, seen } = fakeProcess()
    await run('dead', 'list', '--sender', 'sendmail', '--size', '5', '--after', '9', '--port', port)
    expect(seen.out).toBe('7  1970-01-01T00:00:01.500Z  sendmail  lupino  no such [2J box\n')
    expect(asked[0]?.request.url).toBe('/v1/pushes?sender=sendmail&after=9&size=5&state=dead')
  })

  test('dead list has a header and columns on a terminal, and a sentence when it is empty', async () => {
    const pushes = [
      { id: '12', sender: 'sendmail', pusher: 'lupino', finishedAt: 1.5, reason: 'no such box' },
      { id: '7', sender: 'sendsms', pusher: 'ada', finishedAt: 2, reason: null },
    ]
    const { port } = await serving({ pushes })
    const { run, seen } = fakeProcess({}, {}, true)
    await run('dead', 'list', '--port', port)
    expect(seen.out.split('\n')).toEqual([
      'ID  FINISHED                  SENDER    PUSHER  REASON',
      '12  1970-01-01T00:00:01.500Z  sendmail  lupino  no such box',
      '7   1970-01-01T00:00:02.000Z  sendsms   ada',
      '',
    ])
    const empty = await serving({ pushes: [] })
    const script = fakeProcess()
    await script.run('dead', 'list', '--port', empty.port)
    expect(script.seen).toMatchObject({ out: '', err: 'There are no dead pushes.\n' })
  })

  test.each([
    [['7', '8'], ['/v1/pushes/7/replay', '/v1/pushes/8/replay'], '2 pushes'],
    [['--pusher', 'lupino'], ['/v1/dead/replay'], '1 push'],
    [['--all'], ['/v1/dead/replay'], '1 push'],
  ])('dead replay %j', async (args, urls, said) => {
    const { port, asked } = await serving({ replayed: 1, next: null })
    const { run, seen } = fakeProcess()
    await run('dead', 'replay', ...args, '--port', port)
    expect(asked.map(({ request }) => request.url)).toEqual(urls)
    expect(seen.out).toBe(`${said} will be sent again.\n`)
  })

  test.each([[[]], [['7', '--all']], [['--sender', 'sendmail', '--all']]])(
    'dead replay %j is not clear',
    async (args) => {
      await expect(async () => fakeProcess().run('dead', 'replay', ...args)).rejects.toThrow('Select pushes')
    },
  )

  test('push prints the name', async () => {
    const { port, asked } = await serving({ result: 'OK', name: 'lupino_1' })
    const { run, seen } = fakeProcess()
    await run('push', 'sendmail', 'lupino', '{"text": "hi"}', '--force', '--port', port)
    expect(seen.out).toBe('lupino_1\n')
    expect(asked[0]?.request.url).toBe('/pusher/sendmail/push')
    expect(new URLSearchParams(asked[0]?.body).get('force')).toBe('true')
  })

  test('push to a pusher without the sender fails with the hint of the server', async () => {
    const refusal = {
      err: 'not such pusher lupino',
      code: 'sender_not_enabled',
      hint: 'POST /pusher/a/add with pusher=b gives it, and force=true pushes without it.',
    }
    const server = await startVerifyingServer({ answer: () => ({ status: 406, body: refusal }) })
    onTestFinished(server.close)
    const { run } = fakeProcess({}, { PORT: new URL(server.url).port })
    const error = await run('push', 'sendmail', 'lupino', '{}').catch((thrown: unknown) => thrown)
    expect(describeError(error)).toBe(
      'carillon curl POST /pusher/a/add -d pusher=b gives it, and --force pushes without it.',
    )
  })

  test.each([
    [
      { err: 'pusher nobody not exists.', code: 'pusher_not_found' },
      'There is no pusher nobody.\nStore the pusher first: carillon curl POST /pusher/pushers/ -d pusher=nobody.',
    ],
    [
      { err: missing.message, code: missing.code, hint: missing.hint },
      'There is no category nope.\ncarillon category list lists those there are. carillon category put nope stores this one.',
    ],
  ])('a refusal names commands: %j', async (body, words) => {
    const server = await startVerifyingServer({ answer: () => ({ status: 404, body }) })
    onTestFinished(server.close)
    const { run } = fakeProcess({}, { PORT: new URL(server.url).port })
    const error = await run('preference', 'list', 'nobody').catch((thrown: unknown) => thrown)
    expect(describeError(error)).toBe(words)
  })

  test('push takes the former order too, and says that it is deprecated', async () => {
    const server = await startVerifyingServer({
      answer: ({ method, url }) => {
        if (method === 'GET') return { body: { pusher: { id: 'lupino' } } }
        if (url === '/pusher/lupino/push') return { status: 404, body: { err: 'not such pusher', code: 'not_found' } }
        return { body: { result: 'OK', name: 'lupino_1' } }
      },
    })
    onTestFinished(server.close)
    const { run, seen } = fakeProcess({}, { PORT: new URL(server.url).port })
    await run('push', 'lupino', 'sendmail', '{}')
    expect(seen).toMatchObject({
      out: 'lupino_1\n',
      err: 'Name the sender before the pusher: the other order is deprecated.\n',
    })
    expect(server.received.map(({ url }) => url)).toEqual([
      '/pusher/lupino/push',
      '/pusher/pushers/lupino/',
      '/pusher/sendmail/push',
    ])
  })

  test.each([['curl'], ['push'], ['dead', 'list'], ['broadcast', 'list']])(
    'the help of %s %s shows the settings that it reads, and no others',
    async (...command) => {
      const { run, seen } = fakeProcess()
      await run(...command, '--help').catch(() => {})
      expect(seen.out.match(/--[a-z-]+(?= <value>)/g)).toEqual(['--host', '--port', '--app-key', '--app-secret'])
    },
  )
})

/** A data directory with a database. */
async function usedDataDir(): Promise<string> {
  const dataDir = await emptyFolder()
  await mkdir(join(dataDir, 'postgres'))
  return dataDir
}
