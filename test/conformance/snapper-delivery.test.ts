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

async function silentConsumer(node: SnapperNode, token: string, options: object = {}) {
  const client = engine(node.url, { path: '/websocket', query: `token=${token}`, ...options })
  const packets: Packet[] = []
  client.on('message', (text: never) => void packets.push(JSON.parse(text) as Packet))
  client.on('error', () => {})
  onTestFinished(() => client.close())
  await waitFor(() => client.readyState === 'open')
  const say = (message: object) => client.send(JSON.stringify({ jsonrpc: '2.0', ...message }))
  return { client, packets, say, ack: (id: string) => say({ id, result: 'OK' }) }
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
      const ring = (within: number) =>
        there().hub.users.ring(app().id, user, { event: 'hello', data: { n: 1 } }, within)
      expect(await ring(5000)).toBe(false)
      const { packets, ack } = await silentConsumer(here(), tokenOf(app(), { userId: user }))
      expect(await ring(500)).toBe(false)
      await waitFor(() => packets.length > 0)
      expect(packets[0]!.params.map((text) => JSON.parse(text) as unknown)).toEqual([{ e: 'hello', d: { n: 1 } }])
      let taken: boolean | undefined
      void ring(5000).then((is) => (taken = is))
      // What was rung first may be acknowledged before it is rung again: then it comes again.
      await waitFor(() => {
        for (const { id } of packets) ack(id)
        return taken !== undefined
      })
      expect(taken).toBe(true)
      const more = await consumer(here(), tokenOf(app(), { userId: user, source: 'ios' }))
      expect(await ring(5000)).toBe(true)
      expect(more.messages()).toEqual(['{"e":"hello","d":{"n":1}}'])
      await there().hub.users.terminate(app().id, user, 5000)
      await waitFor(async () => (await here().hub.users.connections(app().id, [user]))[0] === 0)
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

    it('loses nothing: 50 consumers, a thousand messages each', async () => {
      const count = here() === there() ? 200 : 1000 // the embedded database is slow, and made for fewer
      const room = `everybody-${newUser()}`
      const servers = [producer(here(), app()), producer(there(), app())]
      const clients = await Promise.all(
        numbers(50).map((turn) =>
          consumer([here(), there()][Number(turn) % 2]!, tokenOf(app(), { userId: newUser() }), {
            transports: ['websocket'],
          }),
        ),
      )
      await Promise.all(clients.map(({ id }) => servers[0]!.join(room, id)))
      for (const message of numbers(count)) servers[0]!.client.sendMessage(room, message)
      const all = () => clients.every((client) => client.messages().length >= count)
      await waitFor(all, { timeout: 25_000 })
      for (const client of clients) expect(client.messages()).toEqual(numbers(count))
    })
  },
  { patience: { ack: 300, pingInterval: 1000, pingTimeout: 1500 } },
)
