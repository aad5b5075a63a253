import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { memoryCluster } from '@carillon/backplane'
import { type OpenBackplane, openRedisBackplane, redisCluster } from '@carillon/redis'
import { type Cluster, type Counted, type RosterChange, rosterTopic, type DebouncedChange } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { canKillRedis, type FreshRedis, freshRedis, hasRedis, killableRedis } from '../services/fresh-redis.ts'
import { exerciseBackplane, exerciseCluster } from './exercise-cluster.ts'

describe('in memory', () => {
  exerciseCluster(async () => {
    const cluster = memoryCluster()
    return { cluster, close: () => cluster.close() }
  })
})

describe.skipIf(!hasRedis)('a backplane by itself', () => {
  let redis: FreshRedis
  let open: OpenBackplane
  beforeAll(async () => {
    redis = await freshRedis()
    open = await openRedisBackplane({ ...redis, onError() {} })
  })
  afterAll(async () => {
    await open.close()
    await redis.drop()
  })

  exerciseBackplane(() => open.backplane)

  it('lets out what was published before it closes', async () => {
    const heard: string[] = []
    await open.backplane.subscribe('last words', (message) => heard.push(message))
    const other = await openRedisBackplane({ ...redis, onError() {} })
    const published = other.backplane.publish('last words', 'goodbye')
    await other.close()
    expect(await published).toBe(1)
    await waitFor(() => heard.length === 1)
  })

  it('repeats nothing when its connection breaks before the answer', async () => {
    const heard: string[] = []
    await open.backplane.subscribe('once', (message) => heard.push(message))
    const proxy = await cuttingProxy(redis.url, 'said once')
    const other = await openRedisBackplane({ ...redis, url: proxy.url, onError() {} })
    onTestFinished(async () => {
      await other.close()
      proxy.close()
    })
    await expect(other.backplane.publish('once', 'said once')).rejects.toThrow('max retries')
    await waitFor(() => other.backplane.publish('once', 'afterwards').catch(() => 0))
    await waitFor(() => heard.includes('afterwards'))
    expect(heard).toEqual(['said once', 'afterwards'])
  })

  it('is not heard in another database of the same Redis', async () => {
    const { backplane } = open
    const other = await openRedisBackplane({ ...redis, url: `${redis.url}/5`, onError() {} })
    onTestFinished(() => other.close())
    await other.backplane.subscribe('apart', () => {})
    expect(await backplane.publish('apart', 'hello')).toBe(0)
  })
})

describe.skipIf(!hasRedis)('on Redis', () => {
  exerciseCluster(async () => {
    const redis = await freshRedis()
    const cluster = await redisCluster({ ...redis, onError() {} })
    return {
      cluster,
      async close() {
        await cluster.close()
        await redis.drop()
      },
    }
  })

  it('joins two processes', async () => {
    const { one, other } = await twoNodes()
    const heard: string[] = []
    await one.backplane.subscribe('topic', (message) => heard.push(`one ${message}`))
    await other.backplane.subscribe('topic', (message) => heard.push(`other ${message}`))
    expect(await one.backplane.publish('topic', 'hello')).toBe(2)
    await waitFor(() => heard.length === 2)
    await one.roster.join('group', 'ann')
    expect((await other.roster.join('group', 'ann'))?.count).toBe(2)
    expect(await one.roster.leave('group', 'ann')).toBe(1)
    expect(await one.roster.counts('group', ['ann'])).toEqual([1])
    await one.cache.set('key', 'value', 60)
    expect((await other.cache.get('key'))?.value).toBe('value')
  })

  it('ends what a process held when it closes, and tells the others', async () => {
    const { one, other } = await twoNodes()
    const changes = await changesOf(one, 'group')
    await other.roster.join('group', 'ann')
    await other.roster.join('group', 'ann')
    await one.roster.join('group', 'bob')
    const debounced: DebouncedChange[] = []
    one.onDebounced((some) => debounced.push(...some))
    await other.close()
    await waitFor(async () => (await one.roster.size('group')) === 1)
    await waitFor(() => changes.length === 3)
    expect(changes.map(({ member, here }) => [member, here])).toEqual([
      ['ann', true],
      ['bob', true],
      ['ann', false],
    ])
    await waitFor(() => debounced.length === 1, { timeout: 10_000 })
    expect(debounced).toEqual([{ group: 'group', member: 'ann', here: false }])
  })

  it('tells one process whose counts changed because another died', async () => {
    const { one, other } = await twoNodes()
    const recounted: Counted[] = []
    one.onRecounted((members) => recounted.push(...members))
    for (const member of ['ann', 'ann', 'bob', 'left']) await other.roster.join('group', member)
    for (const member of ['ann', 'cy']) await one.roster.join('group', member)
    await other.roster.leave('group', 'left')
    await other.close()
    await waitFor(() => recounted.length > 1)
    expect(recounted.map(({ member }) => member).toSorted()).toEqual(['ann', 'bob'])
    expect(await one.roster.counts('group', ['ann', 'bob', 'cy'])).toEqual([1, 0, 1])
  })

  it('takes away what a silent process held, and lets it come back by itself', async () => {
    const { one, other, redis } = await twoNodes()
    const changes = await changesOf(one, 'group')
    await one.roster.join('group', 'bob')
    await other.roster.join('group', 'ann', { info: 'hers' })
    await endLeases(redis)
    await waitFor(() => changes.filter(({ here }) => !here).length > 0)
    await waitFor(async () => (await one.roster.size('group')) === 2)
    expect((await one.roster.view('group')).members.get('ann')).toBe('hers')
    expect(await other.roster.leave('group', 'ann')).toBe(0)
    expect(await one.roster.leave('group', 'bob')).toBe(0)
  })
})

describe.skipIf(!hasRedis)('who comes when the lease of its process is over', () => {
  it('has come: everyone hears of it, and once', async () => {
    const { one, other, redis } = await twoNodes()
    const changes = await changesOf(one, 'group')
    const debounced: DebouncedChange[] = []
    const recounted: Counted[] = []
    one.onDebounced((some) => debounced.push(...some))
    one.onRecounted((members) => recounted.push(...members))
    await one.roster.join('group', 'stays')
    const client = new Redis(redis.url)
    onTestFinished(() => client.disconnect())
    await client.del(`${redis.prefix}:live:n`)
    expect((await one.roster.join('group', 'new'))?.count).toBe(1)
    await waitFor(() => changes.some(({ member }) => member === 'new'))
    expect(debounced).toEqual([
      { group: 'group', member: 'stays', here: true },
      { group: 'group', member: 'new', here: true },
    ])
    expect(changes.filter(({ member, here }) => member === 'new' && here)).toHaveLength(1)
    // Held twice until the previous lease is removed.
    await waitFor(async () => (await one.roster.counts('group', ['stays']))[0] === 1)
    await other.roster.join('others', 'lost')
    await other.close()
    await waitFor(() => recounted.length > 0)
    expect(recounted).toEqual([{ group: 'others', member: 'lost' }])
  })
})

describe.skipIf(!canKillRedis)('a Redis that goes', () => {
  it('rejects while it is away, and holds everything again when it is back, empty', async () => {
    const redis = await killableRedis()
    const cluster = await redisCluster({ ...redis, onError() {} })
    onTestFinished(async () => {
      await cluster.close()
      await redis.drop()
    })
    let gaps = 0
    const heard: string[] = []
    await cluster.backplane.subscribe(
      'topic',
      (message) => heard.push(message),
      () => (gaps += 1),
    )
    await cluster.roster.join('group', 'stays')
    await cluster.roster.join('group', 'goes')
    await redis.kill()
    await waitFor(() => rejects(cluster.backplane.publish('topic', 'lost')))
    expect(await cluster.roster.leave('group', 'goes')).toBe(0)
    await expect(cluster.roster.join('group', 'late')).rejects.toThrow('Stream')
    await expect(cluster.backplane.subscribe('topic', () => {})).rejects.toThrow('Stream')
    await redis.restart()
    await waitFor(() => cluster.backplane.publish('topic', 'found'))
    await waitFor(() => heard.length > 0)
    expect(gaps).toBe(1)
    await waitFor(async () => (await cluster.roster.size('group')) > 0)
    expect(await cluster.roster.list('group')).toEqual(new Map([['stays', 1]]))
  })
})

describe.skipIf(!canKillRedis)('a Redis that is not there yet', () => {
  it('delays nobody: what needs it is refused until it is available', async () => {
    const redis = await killableRedis()
    await redis.kill()
    const cluster = await redisCluster({ ...redis, onError() {} })
    onTestFinished(async () => {
      await cluster.close()
      await redis.drop()
    })
    await expect(cluster.roster.join('group', 'early')).rejects.toThrow('Stream')
    await redis.restart()
    await waitFor(() => cluster.roster.join('group', 'member').catch(() => false))
    const heard: string[] = []
    await waitFor(async () => !(await rejects(cluster.backplane.subscribe('topic', (message) => heard.push(message)))))
    await cluster.backplane.publish('topic', 'found')
    await waitFor(() => heard.length > 0)
    expect(await cluster.roster.list('group')).toEqual(new Map([['member', 1]]))
  })
})

describe.skipIf(!canKillRedis)('a listener that is to be replaced while Redis is away', () => {
  it('stays', async () => {
    const redis = await killableRedis()
    const cluster = await redisCluster({ ...redis, onError() {} })
    onTestFinished(async () => {
      await cluster.close()
      await redis.drop()
    })
    const heard: string[] = []
    await cluster.backplane.subscribe('topic', () => heard.push('first'))
    await redis.kill()
    await waitFor(() => rejects(cluster.backplane.subscribe('topic', () => heard.push('second'))))
    await redis.restart()
    await waitFor(() => cluster.backplane.publish('topic', 'found'))
    await waitFor(() => heard.length > 0)
    expect(new Set(heard)).toEqual(new Set(['first']))
  })
})

async function twoNodes(): Promise<{ one: Cluster; other: Cluster; redis: FreshRedis }> {
  const redis = await freshRedis()
  const [one, other] = await Promise.all([
    redisCluster({ ...redis, onError() {} }),
    redisCluster({ ...redis, onError() {} }),
  ])
  onTestFinished(async () => {
    await Promise.all([one.close(), other.close()])
    await redis.drop()
  })
  return { one, other, redis }
}

async function changesOf(cluster: Cluster, group: string): Promise<RosterChange[]> {
  const changes: RosterChange[] = []
  await cluster.backplane.subscribe(rosterTopic(group), (text) => changes.push(JSON.parse(text) as RosterChange))
  return changes
}

/** As if every process had been frozen for longer than its lease. */
async function endLeases({ url, prefix }: FreshRedis): Promise<void> {
  const redis = new Redis(url)
  const nodes = await redis.zrange(`${prefix}:live:n`, '0', '-1')
  for (const node of nodes) await redis.zadd(`${prefix}:live:n`, '0', node)
  redis.disconnect()
}

function rejects(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => false,
    () => true,
  )
}

/** A connection to Redis that breaks once, between a command and its answer. */
async function cuttingProxy(redisUrl: string, said: string): Promise<{ url: string; close(): void }> {
  const { hostname, port } = new URL(redisUrl)
  let hasCut = false
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const redis = createConnection({ host: hostname, port: Number(port) })
    for (const socket of [client, redis]) sockets.add(socket.on('error', () => {}))
    let isCutting = false
    client.on('data', (bytes) => {
      isCutting = !hasCut && bytes.includes(said)
      redis.write(bytes)
    })
    redis.on('data', (bytes) => {
      if (!isCutting) return client.write(bytes)
      hasCut = true
      client.destroy()
      redis.destroy()
    })
    client.on('close', () => redis.destroy())
    redis.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: own } = server.address() as AddressInfo
  return {
    url: `redis://127.0.0.1:${own}`,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
