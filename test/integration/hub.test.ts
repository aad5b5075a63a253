import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { memoryCluster } from '@carillon/backplane'
import { redisCluster } from '@carillon/redis'
import type { Batch, Cluster, Logger, DebouncedChange } from '@carillon/contract'
import { type UserConnection, createHub, type Hub, type HubSession, type ChannelNamespace } from '@carillon/hub'
import { waitFor } from '@carillon/testkit'
import { canKillRedis, type FreshRedis, freshRedis, hasRedis, killableRedis } from '../services/fresh-redis.ts'
import { clustersOn } from '../services/realtime.ts'

const log: Logger = { debug() {}, info() {}, warn() {}, error() {} }
const news = { app: 1, name: 'news' }

interface Node {
  hub: Hub
  namespace: ChannelNamespace
}

class Ear implements HubSession {
  readonly id: string
  heard = ''
  constructor(id: string) {
    this.id = id
  }
  deliver(batch: Batch): void {
    this.heard += Buffer.from(batch.encoded((text) => Buffer.from(`${text};`))).toString()
  }
}

function nodeOn(cluster: Cluster): Node {
  const hub = createHub({ cluster, log })
  const announce = (_: object, { member, here, info }: { member: string; here: boolean; info: string }) =>
    here ? `+${member}${info}` : `-${member}`
  return { hub, namespace: hub.openNamespace({ protocol: 'test', announce }) }
}

async function inMemory(): Promise<[Cluster, Cluster]> {
  const cluster = memoryCluster()
  onTestFinished(() => cluster.close())
  return [cluster, cluster]
}

async function overRedis(given?: FreshRedis): Promise<[Cluster, Cluster]> {
  const redis = given ?? (await freshRedis())
  const [one, other] = await clustersOn(redis, 2)
  onTestFinished(async () => {
    await Promise.all([one!.close(), other!.close()])
    await redis.drop()
  })
  return [one!, other!]
}

describe('the hub in memory', () => {
  exerciseHub(inMemory)
})

describe.skipIf(!hasRedis)('the hub over Redis', () => {
  exerciseHub(() => overRedis())
})

/** @param open two nodes, which in memory are the same one */
function exerciseHub(open: () => Promise<[Cluster, Cluster]>): void {
  async function nodes(): Promise<[Node, Node]> {
    const [a, b] = await open()
    const one = nodeOn(a)
    return [one, a === b ? one : nodeOn(b)]
  }

  function ear(id: string, ...namespaces: ChannelNamespace[]): Ear {
    const session = new Ear(id)
    for (const namespace of namespaces) namespace.enter(session)
    return session
  }

  const member = (id: string, most = 100) => ({ id, info: `(${id})`, most })

  it('hands a message to every process that has someone on the channel, but for the one it excepts', async () => {
    const [{ namespace: one }, { namespace: other }] = await nodes()
    const [ann, bob, cy] = [ear('ann', one), ear('bob', other), ear('cy', other)]
    expect((await one.subscribe(ann, news))?.count).toBe(1)
    expect((await other.subscribe(bob, news))?.count).toBe(2)
    await other.subscribe(cy, { app: 2, name: 'news' })
    await one.publish(news, 'a')
    await one.publish(news, 'b', 'bob')
    await one.publish(news, 'c\nd')
    await waitFor(() => bob.heard.length > 4)
    await waitFor(() => ann.heard.length > 6)
    expect([ann.heard, bob.heard, cy.heard]).toEqual(['a;b;c\nd;', 'a;c\nd;', ''])
  })

  it('counts the subscriptions of channels, and lists the occupied ones', async () => {
    const [{ namespace: one }, { namespace: other }] = await nodes()
    const [ann, bob] = [ear('ann', one), ear('bob', other)]
    await one.subscribe(ann, news)
    await other.subscribe(bob, news)
    await other.subscribe(bob, { app: 1, name: 'sports' })
    expect(await one.counts(1, ['news', 'sports', 'none'])).toEqual([2, 1, 0])
    expect(await one.list(1, 'n')).toEqual(new Map([['news', 2]]))
    expect(await other.unsubscribe(bob, news)).toBe(1)
    expect(await other.unsubscribe(bob, news)).toBeNull()
    expect(await other.leave(bob)).toEqual([{ channel: { app: 1, name: 'sports' }, count: 0 }])
    expect(await one.list(1)).toEqual(new Map([['news', 1]]))
  })

  it('greets a session before it gets what is published from then on', async () => {
    const [{ namespace }] = await nodes()
    const [ann, bob] = [ear('ann', namespace), ear('bob', namespace)]
    await namespace.subscribe(ann, news)
    await namespace.publish(news, 'before')
    await namespace.subscribe(bob, news, undefined, ({ count }) => {
      bob.heard += `hello ${count};`
      void namespace.publish(news, 'after')
    })
    await waitFor(() => bob.heard.endsWith('after;'))
    expect(bob.heard).toBe('hello 2;after;')
    expect([namespace.channelsOf(bob), namespace.channelsOf(new Ear('nobody'))]).toEqual([1, 0])
  })

  it('is silent for those who left', async () => {
    const [{ namespace: one }, { namespace: other }] = await nodes()
    const [ann, bob] = [ear('ann', one), ear('bob', other)]
    await one.subscribe(ann, news)
    await other.subscribe(bob, news)
    await other.unsubscribe(bob, news)
    await one.publish(news, 'a')
    await waitFor(() => ann.heard === 'a;')
    expect(bob.heard).toBe('')
  })

  it('does not put a session on a channel that it left while it was coming', async () => {
    const [{ namespace }] = await nodes()
    const ann = ear('ann', namespace)
    const coming = namespace.subscribe(ann, news, member('ann'))
    await namespace.leave(ann)
    expect(await coming).toBeNull()
    expect(await namespace.list(1)).toEqual(new Map())
    expect(await namespace.memberCount(news)).toBe(0)
  })

  it('tells everyone of one member once, however many connections it has', async () => {
    const [{ namespace: one }, { namespace: other }] = await nodes()
    const [ann, bob, tab] = [ear('ann', one), ear('bob', other), ear('tab', one)]
    expect([...(await one.subscribe(ann, news, member('ann')))!.members]).toEqual([['ann', '(ann)']])
    const whenBobCame = [...(await other.subscribe(bob, news, member('bob')))!.members.keys()]
    expect(whenBobCame.toSorted()).toEqual(['ann', 'bob'])
    await one.subscribe(tab, news, member('bob'))
    await waitFor(() => ann.heard === '+bob(bob);')
    await other.leave(bob)
    await one.publish(news, 'still')
    await waitFor(() => ann.heard === '+bob(bob);still;')
    await one.leave(tab)
    await waitFor(() => ann.heard === '+bob(bob);still;-bob;')
    expect([bob.heard, tab.heard]).toEqual(['', 'still;'])
    expect([...(await other.members(news)).keys()]).toEqual(['ann'])
  })

  it('takes no more members than a channel may have', async () => {
    const [{ namespace: one }, { namespace: other }] = await nodes()
    const [ann, bob] = [ear('ann', one), ear('bob', other)]
    await one.subscribe(ann, news, member('ann', 1))
    expect(await other.subscribe(bob, news, member('bob', 1))).toBeNull()
    expect(other.isOn(bob, news)).toBe(false)
    expect(await one.counts(1, ['news'])).toEqual([1])
  })

  it('reports once that a channel is occupied, and that one stays empty', async () => {
    const [{ hub, namespace: one }, { hub: hub2, namespace: other }] = await nodes()
    const told: DebouncedChange[] = []
    for (const each of new Set([hub, hub2])) each.onDebounced((settled) => told.push(settled))
    const [ann, bob] = [ear('ann', one), ear('bob', other)]
    await one.subscribe(ann, news)
    await other.subscribe(bob, news)
    await one.leave(ann)
    await other.leave(bob)
    await waitFor(() => told.length === 2, { timeout: 10_000 })
    expect(told.map(({ group, member: name, here }) => [one.whatIs(group), name, here])).toEqual([
      [{ app: 1 }, 'news', true],
      [{ app: 1 }, 'news', false],
    ])
    expect(one.whatIs(one.presenceGroup(news))).toEqual({ app: 1, channel: 'news' })
    expect(one.whatIs('other:1')).toBeUndefined()
  })

  it('rings a user wherever it is connected', async () => {
    const [{ hub: one }, { hub: other }] = await nodes()
    const notified: string[] = []
    const connection = (name: string, takes = true): UserConnection => ({
      notify: (message) => (notified.push(`${name} ${JSON.stringify(message)}`), takes),
      terminate: () => notified.push(`${name} ended`),
    })
    const message = { event: 'e', data: { n: 1 } }
    expect(await one.users.notify(1, 'ann', message, 5000)).toBe(false)
    const arrived: string[] = []
    other.onArrived((app, user) => arrived.push(`${app} ${user}`))
    const signOut = await other.users.signIn(1, 'ann', connection('other'))
    expect(arrived).toEqual(['1 ann'])
    await one.users.signIn(1, 'ann', connection('deaf', false))
    await one.users.signIn(2, 'ann', connection('another app'))
    expect(await one.users.notify(1, 'ann', message, 5000)).toBe(true)
    await waitFor(() => notified.length === 2)
    expect(notified.toSorted()).toEqual(['deaf {"event":"e","data":{"n":1}}', 'other {"event":"e","data":{"n":1}}'])
    expect(await one.users.connections(1, ['ann', 'bob'])).toEqual([2, 0])
    await signOut()
    await signOut()
    expect(await one.users.connections(1, ['ann'])).toEqual([1])
    expect(await other.users.notify(1, 'ann', message, 5000)).toBe(false)
    await other.users.terminate(1, 'ann', 5000)
    expect(notified.at(-1)).toBe('deaf ended')
  })

  it('watches a user come and go', async () => {
    const [{ hub: one }, { hub: other }] = await nodes()
    const seen: boolean[] = []
    const stop = await one.watches.watch(1, 'ann', (here) => seen.push(here))
    const connection: UserConnection = { notify: () => true, terminate() {} }
    const signOuts = [
      await other.users.signIn(1, 'ann', connection),
      await one.users.signIn(1, 'ann', { ...connection }),
    ]
    for (const signOut of signOuts) await signOut()
    await waitFor(() => seen.length === 2)
    expect(seen).toEqual([true, false])
    await stop()
    await other.users.signIn(1, 'ann', connection)
    expect(seen).toEqual([true, false])
  })

  it('counts the connections of an app, refuses too many, and ends them all', async () => {
    const [{ hub: one }, { hub: other }] = await nodes()
    const ended: string[] = []
    const close = (name: string) => (reason: string) => ended.push(`${name} ${reason}`)
    const leave = await one.connections.connect(1, 2, close('a'))
    await other.connections.connect(1, 2, close('b'))
    expect(await other.connections.connect(1, 2, close('c'))).toBeNull()
    await one.connections.connect(2, 2, close('another app'))
    expect(await one.connections.count(1)).toBe(2)
    await other.connections.closeAll(1, 'over')
    await waitFor(() => ended.length === 2)
    expect(ended.toSorted()).toEqual(['a over', 'b over'])
    await leave?.()
    expect(await one.connections.count(1)).toBe(1)
  })

  it('asks every process that listens, and takes what answers come in time', async () => {
    const [{ hub: one }, { hub: other }] = await nodes()
    expect(await one.requestReply.request('topic', 'how many', { within: 5000 })).toEqual([])
    await other.requestReply.respond('topic', (question) => `${question}: 3`)
    expect(await one.requestReply.request('topic', 'how many', { within: 5000 })).toEqual(['how many: 3'])
    await other.requestReply.respond('broken', () => Promise.reject(new Error('broken')))
    expect(await one.requestReply.request('broken', 'anyone', { within: 50 })).toEqual([])
  })
}

describe('the hub while processes cannot be joined', () => {
  async function brokenHub() {
    const [cluster] = await inMemory()
    const subscribe = vi.spyOn(cluster.backplane, 'subscribe')
    return { hub: createHub({ cluster, log }), fails: () => subscribe.mockRejectedValueOnce(new Error('away')) }
  }

  it('forgets a connection that was refused, and listens for the end of the next', async () => {
    const { hub, fails } = await brokenHub()
    const ended: string[] = []
    const connect = (name: string) => hub.connections.connect(1, 9, () => ended.push(name))
    fails()
    const [first, second] = [connect('first'), connect('second')]
    await expect(first).rejects.toThrow('away')
    await expect(second).rejects.toThrow('away')
    expect(await hub.connections.count(1)).toBe(0)
    await connect('third')
    await hub.connections.closeAll(1, 'over')
    expect(ended).toEqual(['third'])
  })

  it('keeps a connection that is not counted, and listens again with the next that is', async () => {
    const { hub, fails } = await brokenHub()
    const ended: string[] = []
    const forget = hub.connections.attend(1, () => ended.push('attending'))
    fails()
    await expect(hub.connections.connect(1, 9, () => ended.push('first'))).rejects.toThrow('away')
    await hub.connections.connect(1, 9, () => ended.push('second'))
    expect([await hub.connections.count(1), hub.connections.appsHere()]).toEqual([1, [1]])
    await hub.connections.closeAll(1, 'over')
    expect(ended).toEqual(['attending', 'second'])
    await forget()
    hub.connections.closeHere(1, 'over')
    expect(ended).toEqual(['attending', 'second', 'second'])
  })

  it('forgets a watch that could not begin', async () => {
    const { hub, fails } = await brokenHub()
    const seen: string[] = []
    fails()
    await expect(hub.watches.watch(1, 'ann', () => seen.push('first'))).rejects.toThrow('away')
    await hub.watches.watch(1, 'ann', () => seen.push('second'))
    await hub.users.signIn(1, 'ann', { notify: () => true, terminate() {} })
    await waitFor(() => seen.length > 0)
    expect(seen).toEqual(['second'])
  })
})

describe.skipIf(!hasRedis)('what lasted, over Redis', () => {
  it('waits for a process that listens', async () => {
    const redis = await freshRedis()
    const cluster = await redisCluster({ ...redis, onError() {} })
    const client = new Redis(redis.url)
    onTestFinished(async () => {
      client.disconnect()
      await cluster.close()
      await redis.drop()
    })
    const { hub, namespace } = nodeOn(cluster)
    const leaseEnd = async () => Number((await client.zrange(`${redis.prefix}:live:n`, '-1', '-1', 'WITHSCORES'))[1])
    await waitFor(leaseEnd)
    await client.zadd(`${redis.prefix}:live:gone`, '0', `${namespace.channelGroup(1)}\0news`)
    const before = await leaseEnd()
    await waitFor(async () => (await leaseEnd()) > before, { what: 'the beat of one who does not listen' })
    const told: DebouncedChange[] = []
    hub.onDebounced((settled) => told.push(settled))
    await waitFor(() => told.length > 0)
    expect(told).toEqual([{ group: 'test:1', member: 'news', here: false }])
  })
})

describe.skipIf(!canKillRedis)('a watch, when Redis was away', () => {
  it('reports the current members, and does not report as gone any that stayed', { timeout: 30_000 }, async () => {
    const redis = await killableRedis()
    const [one, other] = await overRedis(redis)
    const [watcher, home] = [createHub({ cluster: one, log }), createHub({ cluster: other, log })]
    const connection: UserConnection = { notify: () => true, terminate() {} }
    const signOut = await home.users.signIn(1, 'ann', connection)
    await home.users.signIn(1, 'bob', connection)
    const seen: string[] = []
    for (const user of ['ann', 'bob']) {
      await watcher.watches.watch(1, user, (here) => seen.push(`${here ? '+' : '-'}${user}`))
    }
    await redis.kill()
    await signOut()
    await redis.restart()
    await waitFor(() => seen.includes('-ann'), { timeout: 20_000 })
    expect(new Set(seen)).toEqual(new Set(['-ann', '+bob']))
  })
})

describe.skipIf(!hasRedis)('presence over Redis', () => {
  it('outlives a lease that was lost, without a word to anyone', async () => {
    const redis = await freshRedis()
    const cluster = await redisCluster({ ...redis, onError() {} })
    const { namespace } = nodeOn(cluster)
    onTestFinished(async () => {
      await cluster.close()
      await redis.drop()
    })
    const [ann, bob] = [new Ear('ann'), new Ear('bob')]
    for (const session of [ann, bob]) {
      namespace.enter(session)
      await namespace.subscribe(session, news, { id: session.id, info: '', most: 9 })
    }
    expect(ann.heard).toBe('+bob;')
    await cluster.cache.set('x', 'y', 9)
    const client = new Redis(redis.url)
    const keys = await client.keys(`${redis.prefix}:live:*`)
    await client.del(...keys)
    await waitFor(async () => (await namespace.memberCount(news)) === 2)
    client.disconnect()
    const cy = new Ear('cy')
    namespace.enter(cy)
    const { members } = (await namespace.subscribe(cy, news, { id: 'cy', info: '', most: 9 }))!
    expect([...members.keys()].toSorted()).toEqual(['ann', 'bob', 'cy'])
    expect(ann.heard).toBe('+bob;+cy;')
  })
})
