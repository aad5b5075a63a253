import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BATCH_BYTES, type ConsumerKey, QUEUE_MESSAGES, type SnapperQueues } from '@carillon/contract'

interface Opened {
  queues: SnapperQueues
  close(): Promise<void>
}

/** What Snapper's queues must do, whatever they are made of. */
export function exerciseSnapperQueues(open: () => Promise<Opened>): void {
  let opened: Opened
  let queues: SnapperQueues
  let used = 0
  beforeAll(async () => {
    opened = await open()
    queues = opened.queues
  })
  afterAll(() => opened.close())

  /** A consumer of a new app, with a queue, in the room `lobby`. */
  async function consumer(): Promise<ConsumerKey> {
    const key = { app: ++used, id: `t.consumer-${used}` }
    await queues.open(key, 'lobby')
    return key
  }

  const publish = ({ app }: ConsumerKey, ...messages: string[]) =>
    queues.publish(
      app,
      messages.map((message) => ({ room: 'lobby', message })),
    )

  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index))

  describe('rooms', () => {
    it('tell who joined and who left', async () => {
      const { app } = await consumer()
      expect(await queues.join(app, 'room', 'a')).toBe(true)
      expect(await queues.join(app, 'room', 'a')).toBe(false)
      expect(await queues.leave(app, 'room', 'a')).toBe(true)
      expect(await queues.leave(app, 'room', 'a')).toBe(false)
    })

    it('deliver messages to the queues of all their members, and to no others', async () => {
      const one = await consumer()
      const other = { app: one.app, id: 'a.other' }
      await queues.open(other, 'elsewhere')
      await queues.join(one.app, 'lobby', other.id)
      await queues.join(one.app, 'lobby', 'w.without-queue')
      const { reached, dropped } = await publish(one, 'hello ☃')
      expect([reached.toSorted(), dropped]).toEqual([[other.id, one.id].toSorted(), 0])
      await queues.leave(one.app, 'lobby', other.id)
      expect(await publish(one, 'again')).toEqual({ reached: [one.id], dropped: 0 })
      expect((await queues.claim(other))?.messages).toEqual(['hello ☃'])
      expect((await queues.claim(one))?.messages).toEqual(['hello ☃', 'again'])
    })

    it('are the app’s own', async () => {
      const [one, other] = [await consumer(), await consumer()]
      await publish(one, 'mine')
      expect(await queues.claim({ app: other.app, id: one.id })).toBeNull()
      expect(await queues.claim(other)).toBeNull()
    })

    it('keep the order over several rooms of one publish', async () => {
      const key = await consumer()
      await queues.join(key.app, 'second', key.id)
      const messages = ['1', '2', '3', '4'].map((message, place) => ({ room: place % 2 ? 'second' : 'lobby', message }))
      await queues.publish(key.app, messages)
      expect((await queues.claim(key))?.messages).toEqual(['1', '2', '3', '4'])
    })

    it('of many hear what is published in the order of each queue', async () => {
      const one = await consumer()
      const all = [one, ...['b', 'c', 'd', 'e'].map((id) => ({ ...one, id }))]
      for (const key of all) await queues.open(key, 'lobby')
      await queues.join(one.app, 'second', 'b')
      const rooms = ['lobby', 'lobby', 'second', 'nobody', 'lobby', 'lobby']
      const sent = rooms.map((room, place) => ({ room, message: String(place) }))
      const { reached, dropped } = await queues.publish(one.app, sent)
      expect([reached.toSorted(), dropped]).toEqual([all.map(({ id }) => id).toSorted(), 0])
      const heard = await Promise.all(all.map(async (key) => (await queues.claim(key))?.messages.join('')))
      expect(heard).toEqual(all.map(({ id }) => (id === 'b' ? '01245' : '0145')))
      expect((await queues.totals(one.app)).producerMessages).toBe(6)
    })

    it('do not block each other, in whatever order they are published to', async () => {
      const key = await consumer()
      const rooms = numbers(0, 150)
      for (const room of rooms) await queues.join(key.app, room, key.id)
      const messages = rooms.map((room) => ({ room, message: 'm' }))
      const orders = numbers(0, 40).map((turn) => [...messages.slice(Number(turn)), ...messages.slice(0, Number(turn))])
      const published = await Promise.all(
        orders.map((some, turn) => queues.publish(key.app, turn % 2 ? some : some.toReversed())),
      )
      expect(published.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(40 * 150 - QUEUE_MESSAGES)
    })

    it('take a member before it has a queue', async () => {
      const { app } = await consumer()
      await queues.join(app, 'lobby', 'i.later')
      await queues.open({ app, id: 'i.later' }, 'own')
      await queues.publish(app, [{ room: 'lobby', message: 'for both' }])
      expect((await queues.claim({ app, id: 'i.later' }))?.messages).toEqual(['for both'])
    })
  })

  describe('a queue', () => {
    it('has nothing at first, and nothing when it is none', async () => {
      const key = await consumer()
      expect(await queues.claim(key)).toBeNull()
      expect(await queues.claim({ ...key, id: 'nobody' })).toBeNull()
      expect(await queues.publish(key.app, [])).toEqual({ reached: [], dropped: 0 })
    })

    it('hands over the same batch under the same id until it is acknowledged', async () => {
      const key = await consumer()
      await publish(key, ...numbers(0, 3))
      const first = await queues.claim(key)
      await publish(key, ...numbers(3, 60))
      expect(await queues.claim(key)).toEqual(first)
      expect(first?.messages).toEqual(['0', '1', '2'])
      expect(await queues.acknowledge(key, 'another')).toBe(false)
      expect(await queues.claim(key)).toEqual(first)
      expect(await queues.acknowledge(key, first!.id)).toBe(true)
      expect(await queues.acknowledge(key, first!.id)).toBe(false)
      const second = await queues.claim(key)
      expect(second?.messages).toEqual(numbers(3, 53))
      expect(second?.id).not.toBe(first?.id)
      await queues.acknowledge(key, second!.id)
      expect((await queues.claim(key))?.messages).toEqual(numbers(53, 60))
    })

    it('is not opened anew', async () => {
      const key = await consumer()
      await publish(key, 'kept')
      await queues.open(key, 'lobby')
      await queues.abandon(key)
      expect((await queues.claim(key))?.messages).toEqual(['kept'])
    })

    it('makes smaller batches of large messages', async () => {
      const key = await consumer()
      const large = 'x'.repeat(BATCH_BYTES / 2)
      await publish(key, large, large, large)
      expect((await queues.claim(key))?.messages).toHaveLength(2)
      const huge = await consumer()
      await publish(huge, large + large + large)
      expect((await queues.claim(huge))?.messages).toHaveLength(1)
    })

    it('keeps the oldest messages when it is full', async () => {
      const key = await consumer()
      const { dropped } = await publish(key, ...numbers(0, QUEUE_MESSAGES + 10))
      expect(dropped).toBe(10)
      expect(await publish(key, 'too much')).toEqual({ reached: [], dropped: 1 })
      expect(await queues.offer(key, 'too much', 1)).toBe(false)
      const seen: string[] = []
      for (let batch = await queues.claim(key); batch; batch = await queues.claim(key)) {
        seen.push(...batch.messages)
        await queues.acknowledge(key, batch.id)
      }
      expect(seen).toEqual(numbers(0, QUEUE_MESSAGES))
    })

    it('is full for all who publish at once', async () => {
      const key = await consumer()
      const all = await Promise.all(numbers(0, 4).map(() => publish(key, ...numbers(0, 400))))
      expect(all.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(4 * 400 - QUEUE_MESSAGES)
    })

    it('takes what is offered as often as it should wait there', async () => {
      const key = await consumer()
      expect(await queues.offer(key, 'ring', 1)).toBe(true)
      expect(await queues.offer(key, 'ring', 1)).toBe(true)
      expect(await queues.offer(key, 'other', 2)).toBe(true)
      expect(await queues.offer(key, 'ring', 3)).toBe(true)
      expect(await queues.offer({ ...key, id: 'nobody' }, 'ring', 1)).toBe(false)
      expect((await queues.claim(key))?.messages).toEqual(['ring', 'other', 'other', 'ring', 'ring'])
    })

    it('takes of what is offered no more than it holds', async () => {
      const key = await consumer()
      await publish(key, ...numbers(0, QUEUE_MESSAGES - 1))
      expect(await queues.offer(key, 'ring', 2)).toBe(false)
      expect(await queues.offer(key, 'ring', 1)).toBe(true)
      expect(await publish(key, 'too much')).toEqual({ reached: [], dropped: 1 })
    })
  })

  it('counts what each app did', async () => {
    const key = await consumer()
    await queues.open(key, 'second')
    await publish(key, '1', '2')
    expect(await queues.totals(key.app)).toEqual({ producerMessages: 2, consumerMessages: 0, consumers: 1, rooms: 2 })
    await queues.acknowledge(key, (await queues.claim(key))!.id)
    expect(await queues.totals(key.app)).toEqual({ producerMessages: 2, consumerMessages: 2, consumers: 1, rooms: 2 })
    expect((await queues.totals(++used)).consumers).toBe(0)
  })
}
