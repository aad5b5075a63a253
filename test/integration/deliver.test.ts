import { expect, it, onTestFinished, vi } from 'vitest'
import { RetryableError, type Sender } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import * as z from 'zod'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, gate, work } from './bells.ts'

onEveryBackend('delivering', (current) => {
  let used = 0

  /** A worker with one sender of a new name, and a pusher that has it. */
  async function ring(answer: Parameters<typeof bell>[1], extra: Partial<Sender> = {}) {
    const name = `bell-${++used}`
    const sender = bell(name, answer, extra)
    const { services } = current()
    await addPusher(services, 'lupino', [name])
    const worker = await work(services, [sender])
    onTestFinished(() => worker.stop())
    const push = (data = 'ding', options = {}) => services.api(1).push(name, 'lupino', data, options)
    const status = async () => (await services.store.senders.status(1)).find((each) => each.name === name)
    const idle = (options = {}) =>
      waitFor(async () => ((s) => s?.waiting === 0 && s.delayed === 0 && s.active === 0)(await status()), options)
    return { name, sender, push, status, idle, services, worker }
  }

  it('hands the sender the pusher, the data, its text and a stable id', async () => {
    const { sender, push, idle } = await ring(({ attempt }) => (attempt < 2 ? 0.01 : undefined))
    const name = await push('{"text":"ding"}')
    await waitFor(() => sender.rung.length === 2)
    await idle()
    const [first, second] = sender.rung
    expect(first).toMatchObject({ name, app: 1, attempt: 1, data: { text: 'ding' }, raw: '{"text":"ding"}' })
    expect(first!.pusher).toMatchObject({ id: 'lupino', email: 'lupino@example.com' })
    expect(second).toMatchObject({ id: first!.id, attempt: 2 })
  })

  it('hands over text that is not JSON as it is', async () => {
    const { sender, push } = await ring(() => {})
    await push('{not json')
    await waitFor(() => sender.rung.length === 1)
    expect(sender.rung[0]!.data).toBe('{not json')
  })

  it('sends once what is pushed twice while it is pending, at the new schedat', async () => {
    const { sender, push, idle } = await ring(() => {})
    const inAMinute = Math.floor(Date.now() / 1000) + 60
    const name = await push('ding', { schedat: inAMinute })
    expect(await push('ding')).toBe(name)
    await waitFor(() => sender.rung.length === 1)
    await idle()
    expect(sender.rung).toHaveLength(1)
  })

  it('sends once more what is pushed again while it is being sent, as a message of its own', async () => {
    const hold = gate()
    const { sender, push, idle } = await ring(() => hold.passed)
    await push()
    await waitFor(() => sender.rung.length === 1)
    await push()
    await push()
    hold.open()
    await waitFor(() => sender.rung.length === 2)
    await idle()
    expect(sender.rung).toHaveLength(2)
    expect(sender.rung[1]!.id).not.toBe(sender.rung[0]!.id)
  })

  it('takes sendLater as the plan of the sender, never as a failure', async () => {
    const { sender, push, idle } = await ring(({ attempt }) => (attempt <= 5 ? { later: 0.01 } : 0))
    await push()
    await waitFor(() => sender.rung.length === 6)
    await idle()
    expect(sender.rung.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('tries again after the pause a RetryableError asks for, then ends dead', async () => {
    const { sender, push, idle } = await ring(() => {
      throw Object.assign(new Error('try later'), { after: 0.01 })
    })
    await push()
    await waitFor(() => sender.rung.length === 3)
    await idle()
    expect(sender.rung).toHaveLength(3)
  })

  it('waits with backoff after a failure that names no pause', async () => {
    const { sender, push, status } = await ring(() => {
      throw new Error('no luck')
    })
    await push()
    await waitFor(async () => (await status())?.delayed === 1)
    expect(sender.rung).toHaveLength(1)
  })

  it('calls no sender again that gave up', async () => {
    const { sender, push, idle } = await ring(() => ({ giveUp: 'no such number' }))
    await push()
    await waitFor(() => sender.rung.length === 1)
    await idle()
    expect(sender.rung).toHaveLength(1)
  })

  it.each([
    ['text', 'soon'],
    ['a negative delay', -1],
    ['NaN', Number.NaN],
    ['a delay beyond ten years', 1e12],
    ['an object that says nothing', {}],
  ])('takes %s for an answer as a failed try', async (_, nonsense) => {
    const { push, status } = await ring(() => nonsense as never)
    await push()
    await waitFor(async () => (await status())?.delayed === 1)
  })

  it('aborts a sender that does not answer in time, and tries again', async () => {
    const { sender, push, status } = await ring(() => new Promise(() => {}), { timeout: 0.1 })
    await push()
    await waitFor(async () => (await status())?.delayed === 1)
    expect(sender.rung[0]!.signal.aborted).toBe(true)
  })

  it.each([
    ['null', null],
    ['an object without a prototype', Object.create(null)],
    ['an error whose message is no text', Object.assign(new Error('x'), { message: Object.create(null) })],
    ['an error that comes back after a symbol', Object.assign(new Error('x'), { after: Symbol('soon') })],
    ['text that the database does not take', new Error('a\0b')],
  ])('survives a sender that throws %s', async (_, nonsense) => {
    const { push, status } = await ring(() => {
      throw nonsense
    })
    await push()
    await waitFor(async () => (await status())?.delayed === 1)
  })

  it.each([
    ['of text that the database does not take', 'a\0b'],
    ['that is no text', Object.create(null) as string],
    ['longer than any reason', 'x'.repeat(1_000_000)],
  ])('takes sendLater with a reason %s', async (_, reason) => {
    const { push, status } = await ring(() => ({ later: 3600, reason }))
    await push()
    await waitFor(async () => (await status())?.delayed === 1)
  })

  it.each([
    ['throws', () => Promise.reject(new Error('the schema is broken'))],
    ['answers nothing', () => undefined as never],
    ['never answers', () => new Promise<never>(() => {})],
  ])('tries again when the schema of the sender %s', async (_, validate) => {
    const data = { '~standard': { version: 1 as const, vendor: 'test', validate } }
    const { sender, push, status } = await ring(() => {}, { data, timeout: 0.2 })
    await push()
    await waitFor(async () => (await status())?.delayed === 1)
    expect(sender.rung).toHaveLength(0)
  })

  it('takes what a batch leaves out for sent', async () => {
    const sparse = (length: number) => Object.assign([] as undefined[], { length })
    const { push, idle } = await ring(() => {}, { sendBatch: async ({ length }) => sparse(length) })
    await push()
    await idle()
  })

  it('refuses data that the schema of the sender refuses, without calling it', async () => {
    const { sender, push, idle } = await ring(() => {}, { data: z.object({ text: z.string() }) })
    await push('{"txt":"ding"}')
    await idle()
    expect(sender.rung).toHaveLength(0)
  })

  it('gives a sender with sendBatch several pushes in one call, each with its outcome', async () => {
    const batches: number[] = []
    const { name, services, idle } = await ring(() => {}, {
      async sendBatch(pushes) {
        batches.push(pushes.length)
        return pushes.map((push) => (push.data === 'bad' && push.attempt === 1 ? { later: 0.01 } : undefined))
      },
    })
    const datas = ['bad', ...Array.from({ length: 20 }, (_, index) => `ding ${index}`)]
    await Promise.all(datas.map((data) => services.api(1).push(name, 'lupino', data)))
    await idle()
    expect(batches.reduce((sum, each) => sum + each, 0)).toBe(22)
    expect(batches[0]).toBeGreaterThan(1)
  })

  it('tries those that failed together in one call again together', async () => {
    const calls: { attempt: number; pushes: number }[] = []
    const { name, services, idle } = await ring(() => {}, {
      async sendBatch(pushes) {
        calls.push({ attempt: pushes[0]!.attempt, pushes: pushes.length })
        return pushes.map(({ attempt }) => (attempt === 1 ? new RetryableError('busy', { after: 0.5 }) : undefined))
      },
    })
    const datas = Array.from({ length: 40 }, (_, index) => `ding ${index}`)
    await Promise.all(datas.map((data) => services.api(1).push(name, 'lupino', data)))
    await idle()
    const again = calls.filter(({ attempt }) => attempt > 1)
    expect(again.reduce((sum, { pushes }) => sum + pushes, 0)).toBe(40)
    expect(again.length).toBeLessThan(10)
  })

  it('fails all pushes of a batch whose answer is not index-aligned', async () => {
    const { push, status } = await ring(() => {}, { sendBatch: async () => [] })
    await push()
    await waitFor(async () => (await status())?.delayed === 1)
  })

  it('sends nothing to a pusher that lost the sender meanwhile, unless forced', async () => {
    const { name, sender, push, services, idle } = await ring(() => {})
    const soon = { schedat: Math.ceil(Date.now() / 1000) + 1 }
    await push('gone', soon)
    await push('forced', { ...soon, force: true })
    await services.api(1).removeSender(name, 'lupino')
    await waitFor(() => sender.rung.length === 1, { timeout: 10_000 })
    await idle()
    expect(sender.rung.map(({ data }) => data)).toEqual(['forced'])
  })

  it('is not held up by what it does not send', async () => {
    const { services } = current()
    const sender = bell(`bell-${++used}`)
    for (const id of ['gone', 'there']) await addPusher(services, id, [sender.name])
    for (const data of ['one', 'two', 'three']) await services.api(1).push(sender.name, 'gone', data)
    await services.api(1).removeSender(sender.name, 'gone')
    await services.api(1).push(sender.name, 'there', 'ding')
    const worker = await work(services, [sender], { concurrency: 1 })
    onTestFinished(() => worker.stop())
    await waitFor(() => sender.rung.length === 1)
    expect(sender.rung[0]!.pusher.id).toBe('there')
  })

  it('drops what is over its ttl', async () => {
    const { sender, push, idle } = await ring(() => 2)
    await push('ding', { ttl: 1 })
    await waitFor(() => sender.rung.length === 1)
    await idle()
    expect(sender.rung).toHaveLength(1)
  })

  it('does not begin before its schedat', async () => {
    const { sender, push } = await ring(() => {})
    const schedat = Math.ceil(Date.now() / 1000) + 1
    await push('ding', { schedat })
    await waitFor(() => sender.rung.length === 1, { timeout: 10_000 })
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(schedat)
  })

  it('lets a paused sender rest, shows it, and goes on when resumed', async () => {
    const { name, sender, push, status, services } = await ring(() => {})
    await services.store.senders.pause(1, name)
    await push()
    await waitFor(async () => (await status())?.waiting === 1)
    expect(await status()).toMatchObject({ paused: true, workers: 1 })
    await services.core.resumeSender(1, name)
    await waitFor(() => sender.rung.length === 1)
  })

  it('stops although a sender never comes to the end of its close', async () => {
    const closing = vi.fn<() => Promise<void>>(() => new Promise(() => {}))
    const worker = await work(current().services, [bell(`bell-${++used}`, undefined, { close: closing })])
    await worker.stop()
    expect(closing).toHaveBeenCalledTimes(1)
  })

  it('holds many pushes of one instant apart', { timeout: 90_000 }, async () => {
    const { name, sender, services, idle } = await ring(() => {})
    const ids = Array.from({ length: 500 }, (_, index) => `many-${index}`)
    await Promise.all(ids.map((id) => addPusher(services, id, [name])))
    await Promise.all(ids.map((id) => services.api(1).push(name, id, 'ding')))
    await idle({ timeout: 60_000 })
    expect(new Set(sender.rung.map(({ pusher }) => pusher.id)).size).toBe(500)
    expect(sender.rung).toHaveLength(500)
  })
})
