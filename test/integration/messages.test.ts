import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type OpenBackplane, openRedisBackplane, redisCluster } from '@carillon/redis'
import { type Cluster, UnreadableMessage } from '@carillon/contract'
import { createHub } from '@carillon/hub'
import { silentLogger, waitFor } from '@carillon/testkit'
import type { IdleWorkers } from '../../packages/core/dispatch/dispatch.ts'
import type { IdleAnnouncer } from '../../packages/core/dispatch/receive.ts'
import { freshRedis, type FreshRedis, hasRedis } from '../services/fresh-redis.ts'
import { listenLive, listenWork } from './message-listeners.ts'

interface Topic {
  name: string
  topic: string
  /** Byte for byte what the version wrote that gave messages no version yet. */
  previous: string
  /** What the listener did then. */
  done: string
}

function asked(question: string): string {
  return JSON.stringify({ id: '2c5d1d0a-31c7-4a59-8f4e-5d5f5c1b6a01', inbox: 'answers:nobody', question })
}

const PUSH =
  '{"id":"7","sender":"chime","priority":"normal","app":1,"name":"ann_1","pusher":"ann","data":"{}","force":false,' +
  '"traceparent":null,"recipient":{"id":"ann","email":"","nickname":"","phoneNumber":"","senders":["chime"],"tags":[],' +
  '"createdAt":1456403493,"timezone":"","locale":"","attributes":{"a":[1]}},"attempt":1,"failures":0,"broadcastId":null,' +
  '"expired":false,"cancelled":false}'

const LIVE: readonly Topic[] = [
  {
    name: 'a push to a person',
    topic: 'user:1:ann',
    previous: asked('{"id":"7","event":"hello","data":{"a":1}}'),
    done: 'notify hello {"a":1}',
  },
  { name: 'the end of a person’s connections', topic: 'user:1:ann', previous: asked('terminate'), done: 'terminate' },
  {
    name: 'a push of GoPusher',
    topic: 'gopusher:1',
    previous: asked('{"content":"news","userTag":""}'),
    done: 'gopusher news',
  },
  {
    name: 'an order in a session',
    topic: 'session-connection:1:s1:c1',
    previous: asked('{"type":"mute","streamId":"c1-1"}'),
    done: 'order mute',
  },
  { name: 'a wake-up of Snapper', topic: 'snapper:1', previous: '{"wake":["consumer"]}', done: 'snapper wake' },
  {
    name: 'a consumer that came elsewhere',
    topic: 'snapper:1',
    previous: '{"came":"consumer","to":"elsewhere"}',
    done: 'snapper end',
  },
  {
    name: 'the end of an app',
    topic: 'app:1',
    previous: 'This app was unregistered.',
    done: 'closed: This app was unregistered.',
  },
  { name: 'an event of a channel', topic: 'test:1:room', previous: '\n{"event":"hello"}', done: '{"event":"hello"}' },
  {
    name: 'a copy of an event',
    topic: 'copies:test:1',
    previous: '{"member":"room","text":"{}"}',
    done: 'copy room {}',
  },
  { name: 'a watched person', topic: 'roster:users:1\0ann', previous: '0', done: 'ann has gone' },
]
const WORK: readonly Topic[] = [
  {
    name: 'pushes for a free worker',
    topic: 'hand:one:chime',
    previous: `{"at":1700000000000,"age":1.5,"pushes":[${PUSH}]}`,
    done: 'given 7 to ann',
  },
]

describe.skipIf(!hasRedis)('messages between processes', () => {
  let redis: FreshRedis
  let raw: Redis
  let cluster: Cluster
  let work: OpenBackplane
  let worker: { idleWorkers: IdleWorkers; announcer: IdleAnnouncer }
  const faults: unknown[] = []
  const heard: string[] = []

  beforeAll(async () => {
    redis = await freshRedis()
    raw = new Redis(redis.url)
    const onFault = (error: unknown) => void faults.push(error)
    cluster = await redisCluster({ ...redis, onError() {}, onFault })
    work = await openRedisBackplane({ ...redis, onError() {}, onFault })
    await listenLive(createHub({ cluster, log: silentLogger, onFault }), (what) => heard.push(what))
    worker = listenWork(work.backplane, (what) => heard.push(what))
    await waitFor(async () => (await sayWork('hand:one:chime', '{"at":0,"age":0,"pushes":[]}')) > 0)
    await waitFor(async () => (await sayWork('free', '{"worker":"one","sender":"gong","room":0}')) > 0)
  })
  afterAll(async () => {
    raw.disconnect()
    await worker.announcer.stop()
    await work.close()
    await cluster.close()
    await redis.drop()
  })
  beforeEach(() => {
    faults.length = 0
    heard.length = 0
  })

  /** As another process says it, without any of our code. */
  const sayLive = (topic: string, text: string) => raw.publish(`${redis.prefix}:live:0:t:${topic}`, text)
  const sayWork = (topic: string, text: string) => raw.publish(`${redis.prefix}:work:0:t:${topic}`, text)

  describe.each([
    ...LIVE.map((topic) => ({ ...topic, say: sayLive })),
    ...WORK.map((topic) => ({ ...topic, say: sayWork })),
  ])('$name', ({ topic, previous, done, say }) => {
    it('is understood as the previous version wrote it', async () => {
      await say(topic, previous)
      await waitFor(() => heard.includes(done))
      expect(faults).toEqual([])
    })

    it('is dropped where it cannot be read, and the next one is followed', async () => {
      await fc.assert(
        fc.asyncProperty(garbage(previous), async (text) => void (await say(topic, text))),
        { numRuns: 300 },
      )
      await say(topic, GOES_ON)
      heard.length = 0
      await say(topic, previous)
      await waitFor(() => heard.includes(done) && faults.length > 0)
      expect(faults.filter((fault) => !(fault instanceof UnreadableMessage))).toEqual([])
    })
  })

  it('of workers that are free are understood and dropped likewise', async () => {
    const notice = '{"worker":"two","sender":"gong","room":3}'
    await fc.assert(
      fc.asyncProperty(garbage(notice), async (text) => void (await sayWork('free', text))),
      { numRuns: 300 },
    )
    await sayWork('free', notice)
    await waitFor(() => worker.idleWorkers.find('gong', 1)?.worker === 'two')
    expect(faults.filter((fault) => !(fault instanceof UnreadableMessage))).toEqual([])
  })

  it('of who came to a channel are understood and dropped likewise', async () => {
    const group = 'test:1:room'
    const [era, step] = await raw.hmget(`${redis.prefix}:live:m:${group}`, 'era', 'step')
    const change = JSON.stringify({ era, step: Number(step) + 1, member: 'bob', here: true, info: '' })
    await fc.assert(
      fc.asyncProperty(garbage('{"a":1}'), async (text) => void (await sayLive(`roster:${group}`, text))),
      { numRuns: 300 },
    )
    await sayLive(`roster:${group}`, change)
    await waitFor(() => heard.includes('{"came":"bob","info":""}'))
    expect(faults.filter((fault) => !(fault instanceof UnreadableMessage))).toEqual([])
  })

  it('say their version, and all that the previous version reads', async () => {
    const notice: string[] = []
    const listener = new Redis(redis.url)
    listener.on('pmessage', (_pattern: string, topic: string, text: string) =>
      notice.push(`${topic.split(':t:')[1]} ${text}`),
    )
    await listener.psubscribe(`${redis.prefix}:*`)
    const hub = createHub({ cluster, log: silentLogger })
    await hub.users.notify(1, 'ann', { id: '7', event: 'hello', data: 1 }, 5000)
    await cluster.roster.join('a group', 'bob')
    await waitFor(() => notice.length >= 4)
    listener.disconnect()
    const [question, answer, change] = notice
    expect(JSON.parse(question!.slice(question!.indexOf('{')))).toMatchObject({
      v: 1,
      question: '{"v":1,"id":"7","event":"hello","data":1}',
    })
    expect(answer).toMatch(/^answers:[0-9a-f-]{36} [0-9a-f-]{36}1$/)
    expect(JSON.parse(change!.slice(change!.indexOf('{')))).toMatchObject({
      v: 1,
      step: 1,
      member: 'bob',
      here: true,
      info: '',
    })
  })

  it('of a higher version are dropped', async () => {
    await sayLive('snapper:1', '{"v":2,"wake":["consumer"]}')
    await waitFor(() => faults.length > 0)
    expect(faults).toMatchObject([{ kind: 'snapper', reason: 'version' }])
    expect(heard).toEqual([])
  })

  it('are dropped however long they are', async () => {
    await sayLive('snapper:1', `{"wake":"${'x'.repeat(20 * 1024 * 1024)}"}`)
    await sayLive('snapper:1', '{"wake":["consumer"]}')
    await waitFor(() => heard.includes('snapper wake'))
    expect(faults).toMatchObject([{ kind: 'snapper', reason: 'shape' }])
  })
})

/** Ends the garbage with bytes that no process can read. */
const GOES_ON = '{'

/** Bytes of any kind, JSON of any kind, and the message itself cut off, nested too deep, or with other values in it. */
function garbage(message: string): fc.Arbitrary<string> {
  const odd = fc.oneof(fc.jsonValue(), fc.constantFrom(null, -1, 1e308, '', '__proto__', 'constructor', [], {}))
  return fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.nat(message.length - 1).map((length) => message.slice(0, length)),
    fc.nat(20_000).map((depth) => '['.repeat(depth)),
    fc.nat(5000).map((depth) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)),
    fc.constant('{"__proto__":{"wake":["consumer"]},"constructor":1}'),
    fc.tuple(odd, fc.nat()).map(([value, at]) => withOther(message, value, at)),
  )
}

/** The message with another value in one of its fields. */
function withOther(message: string, value: unknown, at: number): string {
  try {
    const fields = JSON.parse(message) as Record<string, unknown>
    const names = Object.keys(fields)
    return JSON.stringify({ ...fields, [names[at % names.length]!]: value })
  } catch {
    return JSON.stringify(value)
  }
}
