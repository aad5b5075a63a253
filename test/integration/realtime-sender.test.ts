import { memoryCluster } from '@carillon/backplane'
import { type RealtimeMessage, type Sender } from '@carillon/contract'
import { createHub } from '@carillon/hub'
import { realtimeSender as createDefinition } from '@carillon/sender-realtime'
import { silentLogger, waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, newName, work } from './bells.ts'

const realtimeSender = createDefinition()

onEveryBackend('sendrealtime', (current) => {
  /** A worker with the sender, and a hub whose users it rings. */
  async function open() {
    const { services } = current()
    const cluster = memoryCluster()
    const hub = createHub({ cluster, log: silentLogger })
    const { store } = services
    hub.onArrived((app, user) => void services.core.arrived(app, user))
    const sender = await realtimeSender.create({}, { api: services.api, log: silentLogger, live: hub.users })
    const worker = await work(services, [sender as Sender])
    onTestFinished(async () => {
      await worker.stop()
      await cluster.close()
    })
    const pusher = newName()
    await addPusher(services, pusher, ['sendrealtime'])
    const push = (event: string, options = {}) =>
      services.api(1).push('sendrealtime', pusher, JSON.stringify({ event, data: { n: 1 } }), options)
    const pushes = async () => (await store.history.list(1, { pusher })).map(({ state, reason }) => ({ state, reason }))
    return { hub, pusher, push, pushes }
  }

  function connect(hub: ReturnType<typeof createHub>, pusher: string, takes = true) {
    const notified: RealtimeMessage[] = []
    const notify = (message: RealtimeMessage) => {
      notified.push(message)
      return takes
    }
    return hub.users.signIn(1, pusher, { notify, terminate() {} }).then((signOut) => ({ notified, signOut }))
  }

  it('renders stored templates for the pusher', async () => {
    const { services } = current()
    const { hub, pusher } = await open()
    const { core } = services
    const { notified } = await connect(hub, pusher)
    const content = { event: 'greeting', data: { texts: ['{{ vars.word }} {{ pusher.id }}'], n: 1 } }
    const template = { name: 'greeting', sender: 'sendrealtime', locale: '', strict: false, category: null }
    await services.store.templates.put(1, { ...template, data: JSON.stringify(content), partials: [] })
    const use = { template: 'greeting', vars: { word: 'Hello' } }
    const options = { schedat: 0, force: false, priority: 'normal', ttl: 60 } as const
    await core.push({ app: 1, sender: 'sendrealtime', pusher, data: '', template: use, ...options })
    await waitFor(() => notified.length === 1)
    expect(notified[0]).toMatchObject({ event: 'greeting', data: { texts: [`Hello ${pusher}`], n: 1 } })
  })

  it('rings every connection of the pusher', async () => {
    const { hub, pusher, push, pushes } = await open()
    const [one, other] = [await connect(hub, pusher), await connect(hub, pusher, false)]
    await push('hello')
    await waitFor(async () => (await pushes())[0]?.state === 'sent')
    expect([one.notified, other.notified]).toEqual([[notifiedOf('hello')], [notifiedOf('hello')]])
  })

  it('names the push by the same id over all its tries', async () => {
    const { hub, pusher, push } = await open()
    const { notified } = await connect(hub, pusher, false)
    await push('hello')
    await waitFor(() => notified.length === 1)
    await connect(hub, pusher, false)
    await waitFor(() => notified.length >= 2)
    await push('another')
    // It is tried again and again, so that both may be notified more than once by now.
    await waitFor(() => notified.some(({ event }) => event === 'another'))
    const idsOf = (event: string) => new Set(notified.filter((message) => message.event === event).map(({ id }) => id))
    const ids = [...idsOf('hello'), ...idsOf('another')]
    expect([ids.length, new Set(ids).size]).toEqual([2, 2])
  })

  it('waits for the next connection when nobody is online, and is then sent at once', async () => {
    const { hub, pusher, push, pushes } = await open()
    await push('missed you')
    await waitFor(async () => (await pushes())[0]?.reason === 'nobody is online')
    const { notified } = await connect(hub, pusher)
    await waitFor(() => notified.length === 1)
    await waitFor(async () => (await pushes())[0]?.state === 'sent')
  })

  it('does not wait for a connection that cannot be notified, and goes when it can', async () => {
    const { hub, pusher, push, pushes } = await open()
    await push('missed you')
    await waitFor(async () => (await pushes())[0]?.reason === 'nobody is online')
    const notified: RealtimeMessage[] = []
    let hears = false
    const notify = (message: RealtimeMessage) => hears && notified.push(message) > 0
    await hub.users.signIn(1, pusher, { notify, terminate() {} }, { listens: false })
    hears = true
    hub.users.listens(1, pusher)
    await waitFor(() => notified.length === 1)
    await waitFor(async () => (await pushes())[0]?.state === 'sent')
  })

  it('goes to who connects while it is being tried', async () => {
    const { hub, pusher, push } = await open()
    const pushed = push('just in time')
    const { notified } = await connect(hub, pusher)
    await pushed
    await waitFor(() => notified.length === 1)
  })

  it('keeps what was scheduled for later until then', async () => {
    const { hub, pusher, push, pushes } = await open()
    await push('tomorrow', { schedat: Math.floor(Date.now() / 1000) + 86_400 })
    await push('now')
    const { notified } = await connect(hub, pusher)
    await waitFor(async () => (await pushes()).some(({ state }) => state === 'sent'))
    expect(notified).toEqual([notifiedOf('now')])
  })

  it('ends as dead after its ttl when nobody connects', async () => {
    const { push, pushes } = await open()
    await push('in vain', { ttl: 1 })
    await waitFor(async () => (await pushes())[0]?.state === 'dead', { timeout: 15_000 })
    expect((await pushes())[0]?.reason).toBe('its ttl has expired')
  })
})

function notifiedOf(event: string): RealtimeMessage {
  return { id: expect.any(String) as string, event, data: { n: 1 } }
}

describe('the data of sendrealtime', () => {
  it.each([
    ['{}', 'event: is required'],
    ['[]', 'must be a JSON object with event and data'],
    ['{"event":""}', 'event: is required'],
    ['{"event":"a","dta":1}', 'there is no field "dta"; did you mean data?'],
    ['{"event":"pusher:ping"}', 'must not begin with pusher:'],
    [JSON.stringify({ event: 'x'.repeat(201) }), 'at most 200 characters'],
  ])('%s is refused', async (text, complaint) => {
    const { issues } = await realtimeSender.data!['~standard'].validate(JSON.parse(text))
    expect(issues?.map(({ message }) => message).join('\n')).toContain(complaint.split(': ').at(-1))
  })

  it.each([
    [{ event: 'e', data: [1, null] }, [1, null]],
    [{ event: 'e', data: null }, null],
    [{ event: 'e' }, null],
  ])('%j may be anything that JSON can say, or absent', async (given, data) => {
    expect(await realtimeSender.data!['~standard'].validate(given)).toEqual({ value: { event: 'e', data } })
  })

  it('is not run where live connections cannot be reached', async () => {
    const made = await realtimeSender.create({}, {
      api: () => Promise.reject(new Error('unused')),
      log: silentLogger,
    } as never)
    expect(made).toEqual({ missing: 'set REDIS_URL, through which live connections are reached' })
  })
})
