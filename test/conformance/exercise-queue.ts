import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { WakeUp, Queue, WakeUpJob } from '@carillon/queue'
import { waitFor } from '@carillon/testkit'

/** What every queue must do, whatever it is made of. */
export function exerciseQueue(open: () => Promise<{ queue: Queue; close(): Promise<void> }>): void {
  describe('a queue', () => {
    let queue: Queue
    let close: () => Promise<void>
    let used = 0
    beforeAll(async () => {
      ;({ queue, close } = await open())
    })
    afterAll(() => close())

    const wake = (sender: string, id: string, more: Partial<WakeUpJob> = {}): WakeUpJob => ({
      sender,
      wakeUp: { pushes: [id] },
      delay: 0,
      priority: 'normal',
      ...more,
    })

    /** A sender of a new name, consumed until the test ends. */
    function consume(handle: (wakeUp: WakeUp) => Promise<void> = async () => {}, concurrency = 1) {
      const sender = `My.Sender-${++used}`
      const seen: string[] = []
      const consumer = queue.consume(
        sender,
        async (wakeUp) => {
          seen.push('pushes' in wakeUp ? wakeUp.pushes.join() : JSON.stringify(wakeUp))
          await handle(wakeUp)
        },
        concurrency,
      )
      onTestFinished(() => consumer.stop())
      return { sender, seen, consumer }
    }

    it('hands over wake-ups in order', async () => {
      const { sender, seen } = consume()
      await queue.wake(['1', '2', '3'].map((id) => wake(sender, id)))
      await queue.wake([wake(sender, '4', { wakeUp: { broadcast: '4' } })])
      await waitFor(() => seen.length === 4)
      expect(seen).toEqual(['1', '2', '3', '{"broadcast":"4"}'])
    })

    it('shares the wake-ups of a sender among its consumers, and goes on when one stops', async () => {
      const hold = Promise.withResolvers<void>()
      const letGo = Promise.withResolvers<void>()
      const one = consume(() => hold.promise)
      const seen: WakeUp[] = []
      // Held as well: whichever is ready first would otherwise be free to take both.
      const handle = async (wakeUp: WakeUp) => {
        seen.push(wakeUp)
        await letGo.promise
      }
      const other = queue.consume(one.sender, handle, 1)
      await queue.wake([wake(one.sender, '1'), wake(one.sender, '2')])
      await waitFor(() => one.seen.length === 1 && seen.length === 1)
      letGo.resolve()
      await other.stop()
      await queue.wake([wake(one.sender, '3')])
      hold.resolve()
      await waitFor(() => one.seen.length === 2)
    })

    it('keeps senders apart', async () => {
      const [a, b] = [consume(), consume()]
      await queue.wake([wake(a.sender, '1'), wake(b.sender, '2')])
      await waitFor(() => a.seen.length + b.seen.length === 2)
      expect([a.seen, b.seen]).toEqual([['1'], ['2']])
    })

    it('puts high before normal before low', async () => {
      const hold = Promise.withResolvers<void>()
      const { sender, seen } = consume(() => hold.promise)
      await queue.wake([wake(sender, '1')])
      await waitFor(() => seen.length === 1)
      await queue.wake([
        wake(sender, '4', { priority: 'low' }),
        wake(sender, '3'),
        wake(sender, '2', { priority: 'high' }),
      ])
      hold.resolve()
      await waitFor(() => seen.length === 4)
      expect(seen).toEqual(['1', '2', '3', '4'])
    })

    it('puts a high wake-up whose delay is over before a normal one', async () => {
      const hold = Promise.withResolvers<void>()
      const { sender, seen } = consume(() => hold.promise)
      await queue.wake([wake(sender, '1')])
      await waitFor(() => seen.length === 1)
      await queue.wake([wake(sender, '3'), wake(sender, '2', { priority: 'high', delay: 100 })])
      const begun = performance.now()
      await waitFor(() => performance.now() - begun > 1000)
      hold.resolve()
      await waitFor(() => seen.includes('2') && seen.includes('3'))
      expect(seen.slice(0, 3)).toEqual(['1', '2', '3'])
    })

    it('waits for a delay', async () => {
      const { sender, seen } = consume()
      await queue.wake([wake(sender, '2', { delay: 300 }), wake(sender, '1')])
      await waitFor(() => seen.length === 2)
      expect(seen).toEqual(['1', '2'])
    })

    it('runs as many handlers at once as asked, and no more', async () => {
      let running = 0
      let most = 0
      const hold = Promise.withResolvers<void>()
      const { sender, seen } = consume(async () => {
        most = Math.max(most, ++running)
        await hold.promise
        running--
      }, 3)
      await queue.wake(Array.from({ length: 9 }, (_, index) => wake(sender, String(index))))
      await waitFor(() => running === 3)
      hold.resolve()
      await waitFor(() => seen.length === 9)
      expect(most).toBe(3)
    })

    it('goes on after a handler that fails', async () => {
      const { sender, seen } = consume(async () => {
        throw new Error('no matter')
      })
      await queue.wake([wake(sender, '1'), wake(sender, '2')])
      await waitFor(() => seen.length === 2)
    })

    it('says when the oldest waiting wake-up was added', async () => {
      const hold = Promise.withResolvers<void>()
      const { sender, seen } = consume(() => hold.promise)
      expect(await queue.oldestWaiting(sender)).toBeNull()
      await queue.wake([wake(sender, '1')])
      await waitFor(() => seen.length === 1)
      const before = Date.now()
      await queue.wake([wake(sender, '4', { priority: 'low' })])
      const between = Date.now()
      await queue.wake([wake(sender, '3')])
      const oldest = await queue.oldestWaiting(sender)
      expect(oldest).toBeGreaterThanOrEqual(before)
      expect(oldest).toBeLessThanOrEqual(between)
      hold.resolve()
      await waitFor(async () => (await queue.oldestWaiting(sender)) === null)
    })

    it('waits for its handlers when it stops, and takes no more', async () => {
      const hold = Promise.withResolvers<void>()
      const { sender, seen, consumer } = consume(() => hold.promise)
      await queue.wake([wake(sender, '1')])
      await waitFor(() => seen.length === 1)
      const order: string[] = []
      const stopped = consumer.stop().then(() => order.push('stopped'))
      hold.promise.then(
        () => order.push('handled'),
        () => {},
      )
      hold.resolve()
      await stopped
      await queue.wake([wake(sender, '2')])
      expect(order).toEqual(['handled', 'stopped'])
      expect(seen).toEqual(['1'])
    })

    it('keeps its epoch', async () => {
      const epoch = await queue.epoch()
      expect(epoch).not.toBe('')
      expect(await queue.epoch()).toBe(epoch)
      await queue.ping()
    })
  })
}
