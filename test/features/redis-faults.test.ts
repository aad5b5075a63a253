import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkRedis, ConnectionGroup, openRedisBackplane, redisQueue } from '@carillon/redis'
import { waitFor } from '@carillon/testkit'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { addressOf, carillon, post, usedFolder } from '../services/carillon.ts'
import { certificate } from '../services/certificates.ts'
import { canKillRedis } from '../services/fresh-redis.ts'
import { startServer } from '../services/guarded.ts'
import { freePort, serverFolder } from '../services/place.ts'
import { startRedis } from '../services/redis.ts'

const prefix = 'bells'

/** What a start says: the sentence that stops it, else its notice. */
async function said(url: string, tls = {}): Promise<string | undefined> {
  const text = await checkRedis({ url, tls, prefix }).catch(({ name, message }: Error) => {
    return name === 'SetupError' ? message : `${name}: ${message}`
  })
  expect(text ?? '').not.toContain('hush')
  return text
}

async function server(...more: string[]) {
  const started = await startRedis(inject('redisProgram')!, undefined, more)
  return { ...started, admin: new Redis(started.url).on('error', () => {}) }
}

type Server = Awaited<ReturnType<typeof server>>

async function stop({ admin, stop: end }: Server): Promise<void> {
  admin.disconnect()
  await end()
}

/** Hands what is sent on to a server, which may be another one for those who come later. */
async function address(first: number, change: (text: Buffer) => Buffer = (text) => text) {
  const sockets = new Set<Socket>()
  let to = first
  const way = createServer((client) => {
    const upstream = connect(to, '127.0.0.1')
    for (const [from, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (text: Buffer) => other.write(from === upstream ? change(text) : text))
      from.on('error', () => {}).on('close', () => other.destroy())
    }
  })
  await once(way.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    way.close()
    for (const socket of sockets) socket.destroy()
  })
  const moveTo = (port: number) => (to = port)
  return { url: `redis://127.0.0.1:${(way.address() as AddressInfo).port}`, moveTo }
}

describe.skipIf(!canKillRedis)('a Redis that Carillon cannot work with', () => {
  let folder: string
  let one: Server
  let tlsPort: number
  let cert: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-redis-'))
    const made = await certificate({ host: 'IP:127.0.0.1' })
    cert = join(folder, 'server.crt')
    const key = join(folder, 'server.key')
    writeFileSync(cert, made.cert)
    writeFileSync(key, made.key)
    tlsPort = await freePort()
    const tls = [
      '--tls-port',
      String(tlsPort),
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      cert,
    ]
    one = await server(...tls, '--tls-auth-clients', 'no', '--unixsocket', join(folder, 'redis.sock'))
  })
  afterAll(async () => {
    await stop(one)
    rmSync(folder, { recursive: true })
  })

  /** Until the test ends. */
  async function configure(setting: string, value: string, back: string) {
    await one.admin.config('SET', setting, value)
    onTestFinished(async () => void (await one.admin.config('SET', setting, back)))
  }

  async function urlOfUser(name: string, ...rights: string[]) {
    await one.admin.call('ACL', 'SETUSER', name, 'reset', 'on', '>hush', ...rights)
    return one.url.replace('://', `://${encodeURIComponent(name)}:hush@`)
  }

  it('says which command, keys or channels its user lacks', async () => {
    const all = [`~${prefix}:*`, `&${prefix}:*`, '+@all', '-@admin', '-@dangerous']
    const commands = await said(await urlOfUser('few', ...all, '-hset', '-publish'))
    expect(commands).toMatch(/does not give the user few the permissions that .* \(NOPERM\): allow it PUBLISH, HSET\.$/)
    expect(await said(await urlOfUser('keys', ...all, 'resetkeys', '~other:*'))).toMatch(
      /keys that begin with bells: \(~/,
    )
    expect(await said(await urlOfUser('talk', ...all, 'resetchannels'))).toMatch(/channels that begin with bells: \(&/)
    expect(await said(await urlOfUser('plain', ...all, '-@scripting'))).toMatch(/allow it EVAL, EVALSHA\.$/)
  })

  it('is content with a user that may do no more than Carillon needs, and prints nothing of its own', async () => {
    const printed = (['warn', 'error', 'log'] as const).map((level) => vi.spyOn(console, level).mockReturnValue())
    onTestFinished(() => printed.forEach((spy) => spy.mockRestore()))
    await configure('maxmemory-policy', 'allkeys-lru', 'noeviction')
    const url = await urlOfUser('least', `~${prefix}:*`, `&${prefix}:*`, '+@all', '-@admin', '-@dangerous')
    expect(await said(url)).toBeUndefined()
    for (const each of [url, one.url]) {
      const queue = redisQueue({ url: each, prefix, onError: () => {} })
      const wakeUps: unknown[] = []
      const consumer = queue.consume('sendmail', async (wakeUp) => void wakeUps.push(wakeUp), 1)
      await waitFor(() => queue.ping().then(() => true))
      await queue.wake([{ sender: 'sendmail', wakeUp: { pushes: ['7'] }, delay: 0, priority: 'normal' }])
      await waitFor(() => wakeUps.length > 0)
      await consumer.stop()
      await queue.close()
    }
    for (const spy of printed) expect(spy).not.toHaveBeenCalled()
  })

  it('says in one sentence that it evicts and keeps nothing', async () => {
    await configure('maxmemory-policy', 'allkeys-lru', 'noeviction')
    expect(await said(one.url)).toMatch(/^Redis works, but it may evict .*allkeys-lru.*, and it stores nothing on disk/)
    await configure('save', '3600 1', '')
    expect(await said(one.url)).toMatch(/^Redis works, but it may evict [^,]* and should be noeviction\)\.$/)
    await configure('maxmemory-policy', 'noeviction', 'noeviction')
    expect(await said(one.url)).toBeUndefined()
  })

  it('says that its password is missing or wrong', async () => {
    await configure('requirepass', 'p@ss:#%/word', '')
    expect(await said(one.url)).toMatch(
      /refuses the user or the password of REDIS_URL: it requires a password \(NOAUTH\)/,
    )
    expect(await said(one.url.replace('://', '://:hush@'))).toMatch(
      /refuses the user or the password of REDIS_URL: corr/,
    )
    const encoded = encodeURIComponent('p@ss:#%/word')
    expect(await said(one.url.replace('://', `://:${encoded}@`))).toMatch(/^Redis works/)
    const odd = await urlOfUser('a:b@c', '~*', '&*', '+@all')
    expect(await said(odd)).toMatch(/^Redis works/)
    expect(await said(`unix://:${encoded}@localhost${join(folder, 'redis.sock')}?db=3`)).toMatch(/^Redis works/)
  })

  it('says that a socket is not there', async () => {
    expect(await said(`unix://${folder}/other.sock`)).toMatch(/^Redis cannot be reached at \S+other.sock \(ENOENT\)/)
    expect(await said(`unix://${folder}/redis.sock?db=99`)).toMatch(/redis.sock does not have this database number/)
  })

  it('has no database of a name', async () => {
    expect(await said(`${one.url}/main`)).toBe('REDIS_URL must end with the number of a database, such as /0.')
  })

  it('says that it has no connection left', async () => {
    await configure('maxclients', '1', '10000')
    expect(await said(one.url)).toMatch(/has as many connections as it allows: raise its maxclients/)
  })

  it('says that a script keeps it busy', async () => {
    await configure('busy-reply-threshold', '10', '5000')
    const other = new Redis(one.url)
    const script = other.eval('while true do end', 0).catch((error: Error) => error.message)
    try {
      await waitFor(() =>
        one.admin.get('x').then(
          () => false,
          (error: Error) => error.message.startsWith('BUSY'),
        ),
      )
      expect(await said(one.url)).toMatch(/is kept busy by a script \(BUSY\)/)
    } finally {
      await one.admin.call('SCRIPT', 'KILL')
      await script
      other.disconnect()
    }
  })

  it('is a replica', async () => {
    await one.admin.replicaof('127.0.0.1', 1)
    onTestFinished(async () => void (await one.admin.replicaof('NO', 'ONE')))
    expect(await said(one.url)).toMatch(
      /is a replica, which accepts no writes \(READONLY\): set REDIS_URL to its primary/,
    )
    const unasked = await urlOfUser('blind', `~${prefix}:*`, `&${prefix}:*`, '+@all', '-@dangerous')
    expect(await said(unasked)).toMatch(/is a replica, which accepts no writes \(READONLY\)/)
  })

  it('is too old', async () => {
    const version = /redis_version:(\d+\.\d+)/.exec(await one.admin.info('server'))![1]!
    const older = Buffer.from(`redis_version:${'5.0'.padStart(version.length, '0')}`)
    const way = await address(one.port, (text) => {
      const at = text.indexOf(`redis_version:${version}`)
      if (at >= 0) older.copy(text, at)
      return text
    })
    expect(await said(way.url)).toMatch(/is too old \(0*5\.0\S*\): Carillon needs 6\.2 or newer/)
  })

  it('has a certificate that nobody trusts, or speaks no TLS, or speaks it', async () => {
    const url = `rediss://127.0.0.1:${tlsPort}`
    const untrusted =
      /^The certificate of Redis at \S+ is self-signed \(DEPTH_ZERO_SELF_SIGNED_CERT\): set REDIS_TLS_CA .*REDIS_TLS_REJECT_UNAUTHORIZED=0/
    expect(await said(url)).toMatch(untrusted)
    expect(await said(url, { ca: cert })).toMatch(/^Redis works/)
    expect(await said(url, { rejectUnauthorized: false })).toMatch(/^Redis works/)
    expect(await said(url, { ca: join(folder, 'none.pem') })).toMatch(
      /^The file in REDIS_TLS_CA, \S+none.pem, cannot be/,
    )
    const other = url.replace('127.0.0.1', 'localhost')
    expect(await said(other, { ca: cert })).toMatch(/is for another host name \(ERR_TLS_CERT_ALTNAME_INVALID\)/)
    expect(await said(`redis://127.0.0.1:${tlsPort}`)).toMatch(/if it uses TLS on this port, rediss:\/\/\.$/)
    expect(await said(one.url.replace('redis:', 'rediss:'))).toMatch(/does not use TLS on this port/)
    await configure('tls-auth-clients', 'yes', 'no')
    expect(await said(url, { ca: cert })).toMatch(/requires a client certificate, which Carillon does not have/)
  })

  it('is a Sentinel', async () => {
    const [file, port] = [join(folder, 'sentinel.conf'), await freePort()]
    writeFileSync(file, `sentinel monitor main 127.0.0.1 ${one.port} 1\n`)
    const url = `redis://127.0.0.1:${port}`
    const sentinel = await startServer({
      name: 'Sentinel',
      command: inject('redisProgram')!,
      args: [file, '--sentinel', '--port', String(port), '--bind', '127.0.0.1'],
      folder: serverFolder('sentinel'),
      stopSignal: 'TERM',
      ready: async () => /Sentinel/.test((await said(url)) ?? ''),
    })
    onTestFinished(() => sentinel.stop())
    expect(await said(url)).toMatch(/is a Sentinel, which Carillon does not support: set REDIS_URL to the primary/)
  })
})

describe.skipIf(!canKillRedis)('a Redis Cluster of three nodes', () => {
  let nodes: Server[]

  beforeAll(async () => {
    nodes = await Promise.all([0, 1, 2].map(() => server('--cluster-enabled', 'yes', '--cluster-node-timeout', '500')))
    const slots = [
      [0, 5460],
      [5461, 10_922],
      [10_923, 16_383],
    ] as const
    await Promise.all(nodes.map(({ admin }, at) => admin.cluster('ADDSLOTSRANGE', ...slots[at]!)))
    for (const { port } of nodes.slice(1)) await nodes[0]!.admin.cluster('MEET', '127.0.0.1', port)
    const joined = async ({ admin }: Server) => (await admin.cluster('INFO')).includes('cluster_state:ok')
    await waitFor(async () => (await Promise.all(nodes.map(joined))).every(Boolean), { timeout: 30_000 })
  }, 60_000)
  afterAll(() => Promise.all(nodes.map(stop)))

  const refusal =
    /^Redis at 127\.0\.0\.1:\d+ is a Redis Cluster, which Carillon does not support, because .* Set REDIS_URL to a/

  it('is refused at start, with a database number too', async () => {
    for (const { url } of nodes) expect(await said(url)).toMatch(refusal)
    expect(await said(`${nodes[0]!.url}/1`)).toMatch(refusal)
  })

  it('is refused where the user may not ask what it is', async () => {
    const rights = ['on', '>hush', `~${prefix}:*`, `&${prefix}:*`, '+@all', '-@admin', '-@dangerous']
    for (const { url, admin } of nodes) {
      await admin.call('ACL', 'SETUSER', 'blind', 'reset', ...rights)
      expect(await said(url.replace('://', '://blind:hush@'))).toMatch(refusal)
    }
  })

  it('is refused while one of its nodes is away', async () => {
    await nodes[2]!.kill()
    await waitFor(async () => (await nodes[0]!.admin.cluster('INFO')).includes('cluster_state:fail'), {
      timeout: 30_000,
    })
    expect(await said(nodes[0]!.url)).toMatch(refusal)
  })
})

describe.skipIf(!canKillRedis)('a primary that is demoted', () => {
  it('is left by every connection of the process', async () => {
    const [first, second] = await Promise.all([server(), server()])
    onTestFinished(async () => void (await Promise.all([first, second].map(stop))))
    await second.admin.replicaof('127.0.0.1', first.port)
    const way = await address(first.port)
    const options = { url: way.url, prefix, group: new ConnectionGroup(), onError: () => {} }
    const queue = redisQueue(options)
    const work = await openRedisBackplane(options)
    const [wakeUps, messages]: [unknown[], string[]] = [[], []]
    const consumer = queue.consume('sendmail', async (wakeUp) => void wakeUps.push(wakeUp), 1)
    await work.backplane.subscribe('free', (message) => messages.push(message))
    const ready = () => queue.ping().then(() => true)
    const wake = () => queue.wake([{ sender: 'sendmail', wakeUp: { pushes: ['7'] }, delay: 0, priority: 'normal' }])
    try {
      await waitFor(ready)
      await wake()
      await waitFor(() => wakeUps.length === 1)
      way.moveTo(second.port)
      await second.admin.replicaof('NO', 'ONE')
      await first.admin.replicaof('127.0.0.1', second.port)
      await waitFor(() => wake().then(() => true))
      await waitFor(() => wakeUps.length === 2)
      await waitFor(async () => (await work.backplane.publish('free', 'hello').catch(() => 0)) === 1)
      await waitFor(() => messages.includes('hello'))
      // Nobody is left but this test
      await waitFor(async () => /connected_clients:1\r/.test(await first.admin.info('clients')))
    } finally {
      await consumer.stop()
      await work.close()
      await queue.close()
    }
  })
})

describe.skipIf(!canKillRedis)('a Redis that is full', () => {
  it('costs no push, and is reported with its code', async () => {
    const redis = await server()
    onTestFinished(() => stop(redis))
    const started = await carillon(['start', '--port', '0'], { REDIS_URL: redis.url }, await usedFolder())
    const url = await addressOf(started)
    expect(started.said()).toMatch(/Redis works, but it stores nothing on disk/)
    const ready = async () => (await fetch(`${url}/readyz`)).json()
    await waitFor(async () => !('err' in ((await ready()) as object)))
    await redis.admin.config('SET', 'maxmemory', '1mb')
    expect(await ready()).toMatchObject({ err: 'Redis cannot be used (OOM): it has used up its maxmemory.' })
    await post(`${url}/pusher/pushers/`, { pusher: 'lupino', email: 'a@example.com' })
    await post(`${url}/pusher/sendmail/add`, { pusher: 'lupino' })
    const pushed = await post(`${url}/pusher/sendmail/push`, { pusher: 'lupino', data: '{"subject":"s","text":"t"}' })
    expect(pushed).toMatchObject({ status: 200, body: { result: 'OK' } })
    await started.says(/OOM/)
    expect(started.said()).not.toMatch(/IMPORTANT|\[ioredis\]|BullMQ/)
    await redis.admin.config('SET', 'maxmemory', '0')
    await waitFor(async () => !('err' in ((await ready()) as object)))
  }, 120_000)
})
