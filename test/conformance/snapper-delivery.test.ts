import { createRequire } from 'node:module'
import { QUEUE_MESSAGES } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { onEverySnapper, type SnapperNode } from '../services/snapper.ts'
import { consumer, newUser, producer, tokenOf } from '../services/snapper-clients.ts'

const engine = createRequire(import.meta.url)('snapper-consumer/../engine.io-client') as (
  url: string,
  options: object,
) => EngineClient

/** The client below the official consumer: it acknowledges nothing by itself. */
interface EngineClient {
  id: string
  readyState: string
  transport: { name: string }
  on(event: string, listener: (data: never) => void): this
  send(text: string): void
  close(): void
}

interface Packet {
  id: string
  params: string[]
}

function startSilent(node: SnapperNode, token: string, options: object = {}) {
  const client = engine(node.url, { path: '/websocket', query: `token=${token}`, ...options })
  const packets: Packet[] = []
  client.on('message', (text: never) => void packets.push(JSON.parse(text) as Packet))
  client.on('error', () => {})
  onTestFinished(() => client.close())
  const say = (message: object) => client.send(JSON.stringify({ jsonrpc: '2.0', ...message }))
  return { client, packets, say, ack: (id: string) => say({ id, result: 'OK' }) }
}

async function silentConsumer(...of: Parameters<typeof startSilent>) {
  const started = startSilent(...of)
  await waitFor(() => started.client.readyState === 'open')
  return started
}

/** A session by polling, which asks for nothing by itself. */
async function pollingSession(node: SnapperNode, token: string) {
  const query = new URLSearchParams({ EIO: '3', transport: 'polling', token }).toString()
  const [, sid = ''] = /"sid":"(.*?)"/.exec(await (await fetch(`${node.url}/websocket/?${query}`)).text()) ?? []
  const url = `${node.url}/websocket/?${query}&sid=${encodeURIComponent(sid)}`
  const headers = { 'content-type': 'text/plain;charset=UTF-8' }
  return {
    poll: () => fetch(url),
    say: async (packet: string, times = 1) => {
      const body = `${packet.length}:${packet}`.repeat(times)
      return (await fetch(url, { method: 'POST', headers, body })).text()
    },
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, turn) => String(turn))

onEverySnapper(
  'delivery',
  (current) => {
    const app = () => current().apps[0]!
    const here = () => current().pair[0]
    const there = () => current().pair[1]
    const publishTo = async (user: string, messages: string[]) =>
      producer(there(), app()).request(
        'publish',
        messages.map((message) => [`user${user}`, message]),
      )

    it('sends the same batch again under the same id until it is acknowledged', async () => {
      const user = newUser()
      const { packets, say, ack } = await silentConsumer(here(), tokenOf(app(), { userId: user }))
      await publishTo(user, ['1'])
      await waitFor(() => packets.length >= 2)
      await publishTo(user, ['2'])
      say({ id: packets[0]!.id, error: { code: 1, message: 'not now' } })
      ack('something else')
      const before = packets.length
      await waitFor(() => packets.length > before)
      expect(new Set(packets.map((packet) => JSON.stringify(packet))).size).toBe(1)
      ack(packets[0]!.id)
      await waitFor(() => packets.at(-1)!.params[0] === '2')
      expect(packets.at(-1)!.id).not.toBe(packets[0]!.id)
    })

    it('ends a consumer whose request is nested too deep to be answered, and no other', async () => {
      const deep = await silentConsumer(here(), tokenOf(app(), { userId: newUser() }))
      const other = await silentConsumer(here(), tokenOf(app(), { userId: newUser() }))
      const params = '['.repeat(100_000) + ']'.repeat(100_000)
      deep.client.send(`{"jsonrpc":"2.0","id":1,"method":"x","params":${params}}`)
      await waitFor(() => deep.client.readyState === 'closed')
      other.say({ id: 2, method: 'x', params: ['still here'] })
      await waitFor(() => other.packets.length === 1)
    })

    it('is handled once after a lost acknowledgement', async () => {
      const user = newUser()
      const client = await consumer(here(), tokenOf(app(), { userId: user }))
      let asked = 0
      client.onAsked((acknowledge) => {
        if (++asked > 2) acknowledge()
      })
      await publishTo(user, ['once'])
      await waitFor(() => client.messages().length === 1)
      await publishTo(user, ['then this'])
      await waitFor(() => client.messages().includes('then this'))
      expect(client.messages()).toEqual(['once', 'then this'])
      expect(asked).toBeGreaterThan(2)
    })

    it('sends it again, under the same id, to a client that comes back', async () => {
      const user = newUser()
      const token = tokenOf(app(), { userId: user })
      const first = await silentConsumer(here(), token)
      await publishTo(user, ['1', '2'])
      await waitFor(() => first.packets.length > 0)
      first.client.close()
      const second = await silentConsumer(there(), token)
      await waitFor(() => second.packets.length > 0)
      expect(second.packets[0]).toEqual(first.packets[0])
    })

    it('goes to the connection that came last, and the one before ends', async () => {
      const user = newUser()
      const token = tokenOf(app(), { userId: user })
      const first = await silentConsumer(here(), token, { transports: ['websocket'] })
      const second = await silentConsumer(here(), token, { transports: ['websocket'] })
      await waitFor(() => first.client.readyState === 'closed')
      const third = await silentConsumer(there(), token, { transports: ['websocket'] })
      await waitFor(() => second.client.readyState === 'closed')
      await publishTo(user, ['hello'])
      await waitFor(() => third.packets.length > 0)
      expect([first.packets, second.packets]).toEqual([[], []])
      const fourth = await silentConsumer(here(), token) // by polling, whose requests name the session
      await waitFor(() => fourth.packets.length > 0 && fourth.client.transport.name === 'websocket')
    })

    it('goes to one of two connections that came at once', async () => {
      const user = newUser()
      const { queues } = current()
      const { open } = queues
      const both = Promise.withResolvers<void>()
      let came = 0
      queues.open = async (key, room) => {
        await open(key, room)
        if (++came === 2) both.resolve()
        await both.promise
      }
      onTestFinished(() => void (queues.open = open))
      const token = tokenOf(app(), { userId: user })
      const clients = [1, 2].map(() => startSilent(here(), token, { transports: ['websocket'] }))
      const states = () => clients.map(({ client }) => client.readyState).toSorted()
      await waitFor(() => states().join() === 'closed,open')
      await publishTo(user, ['hello'])
      const heard = () => clients.flatMap(({ packets }) => packets)
      await waitFor(() => heard().length > 0)
      expect(heard()[0]!.params).toEqual(['hello'])
    })

    it('looks for itself with each heartbeat, and has the queue live on', async () => {
      const user = newUser()
      const { queues } = current()
      const { open } = queues
      const opened: string[] = []
      queues.open = (key, room) => {
        opened.push(key.id)
        return open(key, room)
      }
      onTestFinished(() => void (queues.open = open))
      const { client, packets } = await silentConsumer(here(), tokenOf(app(), { userId: user }))
      await queues.publish(app().id, [{ room: `user${user}`, message: '"nobody was told"' }])
      await waitFor(() => packets.length > 0)
      await waitFor(() => opened.filter((id) => id === client.id).length > 2)
    })

    it('gathers no batches for a client that polls no more', async () => {
      const [user, other] = [newUser(), newUser()]
      const frozen = await pollingSession(here(), tokenOf(app(), { userId: user }))
      await publishTo(user, ['1'])
      const { packets } = await silentConsumer(here(), tokenOf(app(), { userId: other }))
      await publishTo(other, ['1'])
      await waitFor(async () => (await frozen.say('2')) === 'ok' && packets.length > 3)
      const text = await (await frozen.poll()).text()
      expect(text.match(/"method":"publish"/g)).toHaveLength(1)
    })

    it.each([
      ['pings', '2', 1002, 1],
      ['requests', `4${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'any', params: 'x'.repeat(900_000) })}`, 1, 6],
    ])('ends with a client that sends %s and reads nothing', async (_, packet, times, turns) => {
      const { poll, say } = await pollingSession(here(), tokenOf(app(), { userId: newUser() }))
      for (let turn = 0; turn < turns; turn++) expect(await say(packet, times)).toBe('ok')
      expect((await poll()).status).toBe(400)
      expect(await producer(here(), app()).request('echo', ['still here'])).toEqual(['still here'])
    })

    it('keeps the oldest of what a queue can hold', async () => {
      const user = newUser()
      const token = tokenOf(app(), { userId: user })
      const away = await consumer(here(), token)
      away.close()
      await waitFor(async () => (await here().hub.users.connections(app().id, [user]))[0] === 0)
      const before = current().dropped()
      await publishTo(user, numbers(QUEUE_MESSAGES + 20))
      expect(current().dropped() - before).toBe(20)
      const back = await consumer(here(), token)
      await waitFor(() => back.messages().length === QUEUE_MESSAGES)
      expect(back.messages()).toEqual(numbers(QUEUE_MESSAGES))
      expect(back.batches.every(({ params }) => params.length <= 50)).toBe(true)
    })

    it('rings a user’s consumers, and says so once one has acknowledged it', async () => {
      const user = newUser()
      const notify = (within: number) =>
        there().hub.users.notify(app().id, user, { event: 'hello', data: { n: 1 } }, within)
      expect(await notify(5000)).toBe(false)
      const { packets, ack } = await silentConsumer(here(), tokenOf(app(), { userId: user }))
      expect(await notify(500)).toBe(false)
      await waitFor(() => packets.length > 0)
      expect(packets[0]!.params.map((text) => JSON.parse(text) as unknown)).toEqual([{ e: 'hello', d: { n: 1 } }])
      let taken: boolean | undefined
      void notify(5000).then((is) => (taken = is))
      // The first notification may be acknowledged before the user is notified again: then it comes again.
      await waitFor(() => {
        for (const { id } of packets) ack(id)
        return taken !== undefined
      })
      expect(taken).toBe(true)
      const more = await consumer(here(), tokenOf(app(), { userId: user, source: 'ios' }))
      expect(await notify(5000)).toBe(true)
      expect(more.messages()).toEqual(['{"e":"hello","d":{"n":1}}'])
      await there().hub.users.terminate(app().id, user, 5000)
      await waitFor(async () => (await here().hub.users.connections(app().id, [user]))[0] === 0)
    })

    it('brings each of two pushes that say the same, and each of them once', async () => {
      const user = newUser()
      const { queues } = current()
      const { offer } = queues
      let offered = 0
      queues.offer = (...of) => offer(...of).finally(() => offered++)
      onTestFinished(() => void (queues.offer = offer))
      const { packets, ack } = await silentConsumer(here(), tokenOf(app(), { userId: user }))
      let taken: boolean[] | undefined
      const notify = (id: string) => there().hub.users.notify(app().id, user, { id, event: 'hello', data: 1 }, 5000)
      void Promise.all(['first', 'second', 'second'].map(notify)).then((all) => (taken = all))
      await waitFor(() => offered === 3 && packets.length > 0)
      await waitFor(() => {
        for (const { id } of packets) ack(id)
        return taken
      })
      expect(taken).toEqual([true, true, true])
      const batches = new Map(packets.map(({ id, params }) => [id, params]))
      expect([...batches.values()].flat()).toEqual(['{"e":"hello","d":1}', '{"e":"hello","d":1}'])
    })

    it('notices a client that froze after it had changed to a WebSocket', async () => {
      const user = newUser()
      const server = producer(there(), app())
      const frozen = await silentConsumer(here(), tokenOf(app(), { userId: user }))
      await waitFor(() => frozen.client.transport.name === 'websocket')
      await waitFor(async () => (await here().hub.users.connections(app().id, [user]))[0] === 1)
      // From now on it does not ping, and does not mind.
      Object.assign(frozen.client, { ping() {}, onHeartbeat() {}, onClose() {} })
      await waitFor(async () => (await here().hub.users.connections(app().id, [user]))[0] === 0, { timeout: 15_000 })
      expect(await server.request('consumers', [user])).toMatchObject({ length: 0 })
    })
  },
  { timeouts: { ack: 300, pingInterval: 1000, pingTimeout: 1500, renew: 0 } },
)
