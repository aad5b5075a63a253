import { describe, expect, it } from 'vitest'
import { Inbox } from '../client-limits.ts'

function inbox(handle: (text: string) => Promise<void> | void) {
  const told = { full: 0, failed: 0 }
  const parts = { handle, full: () => (told.full += 1), failed: () => (told.failed += 1) }
  return { told, inbox: new Inbox(parts) }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('the inbox of a connection', () => {
  it('handles messages in their order, each after the one before is done', async () => {
    const handled: string[] = []
    const { inbox: one } = inbox(async (text) => {
      await turn()
      handled.push(text)
    })
    for (let n = 0; n < 3000; n++) one.take(String(n))
    while (handled.length < 3000) await turn()
    expect(handled).toEqual(Array.from({ length: 3000 }, (_, n) => String(n)))
  })

  it.each(['', '1'])('is full of %o some time, however short each is', (text) => {
    const { told, inbox: one } = inbox(() => new Promise(() => {}))
    for (let n = 0; n < 100_000 && told.full === 0; n++) one.take(text)
    expect(told.full).toBe(1)
  })

  it('has room again for what it has handled', async () => {
    const { told, inbox: one } = inbox(async () => void (await turn()))
    const text = 'x'.repeat(1024 * 1024)
    for (let round = 0; round < 5; round++) {
      one.take(text)
      one.take(text)
      for (let turns = 0; turns < 6; turns++) await turn()
    }
    expect(told.full).toBe(0)
  })

  it('lets others have their turn, whether messages waited or come all at once', async () => {
    const handled: string[] = []
    const { inbox: one } = inbox((text) => void handled.push(text))
    const atMost200ATurn = async (wanted: number) => {
      for (let most = handled.length + 200; handled.length < wanted; most += 200) {
        await turn()
        expect(handled.length).toBeLessThanOrEqual(most)
      }
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    for (let n = 0; n < 1000; n++) one.take('x')
    expect(handled).toHaveLength(100)
    await atMost200ATurn(1000)
    one.wait(promise)
    for (let n = 0; n < 1000; n++) one.take('x')
    resolve()
    await atMost200ATurn(2000)
  })

  it('goes on after a message that cannot be handled', async () => {
    const handled: string[] = []
    const { told, inbox: one } = inbox((text) => {
      if (text === 'bad') throw new Error('bad')
      handled.push(text)
    })
    for (const text of ['a', 'bad', 'b']) one.take(text)
    expect(handled).toEqual(['a', 'b'])
    expect(told.failed).toBe(1)
  })

  it('forgets what waits when it is closed', async () => {
    const handled: string[] = []
    const { inbox: one } = inbox((text) => void handled.push(text))
    const { promise, resolve } = Promise.withResolvers<void>()
    one.wait(promise)
    one.take('a')
    one.close()
    one.take('b')
    resolve()
    await turn()
    await turn()
    expect(handled).toEqual([])
  })
})
