import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { broadcastName, type PusherStore, type Sender } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { addPusher, type Bell, bell, gate, newName, work } from './bells.ts'

const patient = { timeout: 20_000 }

onEveryBackend('broadcasting', (current) => {
  let chime: string
  beforeEach(() => {
    chime = newName()
  })
  const api = () => current().services.api(1)

  async function addMany(count: number, tags: (index: number) => string[] = () => []) {
    const ids = Array.from({ length: count }, (_, index) => `${chime}-p${index}`)
    await Promise.all(ids.map((id, index) => addPusher(current().services, id, [chime], tags(index))))
    return ids
  }

  /** A broadcast to three recipients, whose sends wait until the gate is opened. */
  async function ringThree() {
    const ids = await addMany(3)
    const hold = gate()
    const sender = bell(chime, () => hold.passed)
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    const name = await api().pushAll(chime, 'x')
    await waitFor(() => sender.rung.length === 3)
    return { ids, sender, hold, name }
  }

  const progress = (name: string) => current().services.store.broadcasts.status(1, name)
  const done = (name: string) => waitFor(async () => (await progress(name))?.finishedAt, patient)

  it('rings every pusher that has the sender, once', async () => {
    const ids = await addMany(603)
    await addPusher(current().services, 'other', ['gong'])
    const sender = bell(chime)
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    const name = await api().pushAll(chime, '{"text":"all"}')
    expect(name).toBe(broadcastName(chime, '{"text":"all"}', ''))
    await done(name)
    expect(sender.rung.map(({ pusher }) => pusher.id).toSorted()).toEqual(ids.toSorted())
    expect(sender.rung[0]).toMatchObject({ name, data: { text: 'all' }, attempt: 1 })
  })

  it('rings those with the tag', async () => {
    await addMany(30, (index) => (index % 3 === 0 ? ['vip'] : []))
    const sender = bell(chime)
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    await done(await api().pushAll(chime, 'x', { tag: 'vip' }))
    expect(sender.rung).toHaveLength(10)
    expect(sender.rung.every(({ pusher }) => pusher.tags.includes('vip'))).toBe(true)
  })

  it('is done at once when there is nobody', async () => {
    const worker = await work(current().services, [bell(chime)])
    onTestFinished(() => worker.stop())
    await done(await api().pushAll(chime, 'x'))
  })

  it('gives those that fail or come later a push of their own, and ends with the last', async () => {
    await addMany(30)
    const answers = [() => {}, () => 0.05, () => ({ giveUp: 'no' }), () => ({ giveUp: 'no address', noAddress: true })]
    const sender = bell(chime, (push) => {
      if (push.attempt > 1) return
      const kind = Number(push.pusher.id.split('p')[1]) % 5
      if (kind === 4) throw Object.assign(new Error('once'), { after: 0.05 })
      return answers[kind]!()
    })
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    const name = await api().pushAll(chime, 'x')
    await done(name)
    expect(sender.rung).toHaveLength(30 + 12)
    expect(sender.countOf(`${chime}-p1`)).toBe(2)
    expect(sender.countOf(`${chime}-p4`)).toBe(2)
    const [first, second] = sender.rung.filter(({ pusher }) => pusher.id === `${chime}-p4`)
    expect(second!.id).toBe(first!.id)
    expect(await progress(name)).toMatchObject({
      state: 'done',
      total: 30,
      enqueued: 30,
      sent: 18,
      skipped: 6,
      dead: 6,
    })
  })

  it('is one broadcast when it is pushed twice, and a new one when it is done', async () => {
    const { sender, hold, name } = await ringThree()
    expect(await api().pushAll(chime, 'x')).toBe(name)
    hold.open()
    await done(name)
    expect(sender.rung).toHaveLength(3)
    await done(await api().pushAll(chime, 'x'))
    expect(sender.rung).toHaveLength(6)
  })

  it('can be cancelled half-way', async () => {
    await addMany(700)
    const hold = gate()
    const sender = bell(chime, () => hold.passed)
    const worker = await work(current().services, [sender], { concurrency: 5 })
    onTestFinished(() => worker.stop())
    const name = await api().pushAll(chime, 'x')
    await waitFor(() => sender.rung.length === 5)
    await api().cancelPush('pushall', name)
    await expect(api().cancelPush('pushall', name)).rejects.toMatchObject({ code: 'broadcast_not_found' })
    hold.open()
    await worker.stop()
    expect(sender.rung.length).toBeLessThan(700)
  })

  it('loses no recipient when it is cancelled during a second attempt and pushed again', async () => {
    await addMany(1)
    const hold = gate()
    const tries = [() => 0.01, () => hold.passed, () => 0.01]
    const sender: Bell = bell(chime, () => tries[sender.rung.length - 1]?.())
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    const name = await api().pushAll(chime, 'x')
    await waitFor(() => sender.rung.length === 2)
    await api().cancelPush('pushall', name)
    await api().pushAll(chime, 'x')
    await done(name)
    hold.open()
    expect(sender.rung.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2])
    expect(await progress(name)).toMatchObject({ state: 'done', sent: 1, skipped: 0, dead: 0 })
  })

  it('can be cancelled before it begins', async () => {
    await addMany(3)
    const schedat = Math.floor(Date.now() / 1000) + 3600
    const name = await api().pushAll(chime, 'x', { schedat })
    await api().cancelPush('pushall', name)
    await done(name)
  })

  it('does not visit pushers that are added meanwhile, and skips those that left', async () => {
    const { store } = current().services
    const ids = await addMany(600)
    const hold = gate()
    const address: Sender['address'] = ({ pusher }) => pusher.email
    const sender = bell(chime, () => hold.passed, { address })
    const worker = await work(current().services, [sender], { concurrency: 5 })
    onTestFinished(() => worker.stop())
    const name = await api().pushAll(chime, 'x')
    await waitFor(() => sender.rung.length === 5)
    await addPusher(current().services, 'newcomer', [chime])
    const rung = new Set(sender.rung.map(({ pusher }) => pusher.id))
    const [removed, disabled, suppressed] = ids.filter((id) => !rung.has(id))
    for (const id of [removed!, `${chime}-p599`]) await api().removePusher(id)
    await current().services.pushers.set(1, disabled!, { removeSenders: [chime] }, false)
    await store.suppressions.add({ app: 1, sender: chime, address: `${suppressed}@example.com` }, 'bounced')
    letASecondPass()
    hold.open()
    await done(name)
    for (const id of ['newcomer', removed!, disabled!, suppressed!, `${chime}-p599`]) expect(sender.countOf(id)).toBe(0)
    expect(new Set(sender.rung.map(({ pusher }) => pusher.id)).size).toBe(sender.rung.length)
    expect(await progress(name)).toMatchObject({ state: 'done', sent: 596, dead: 0, pending: 0 })
  })

  it('counts a recipient that is removed while it is notified as skipped', async () => {
    const { ids, hold, name } = await ringThree()
    await api().removePusher(ids[0]!)
    hold.open()
    await done(name)
    expect(await progress(name)).toMatchObject({ state: 'done', total: 3, sent: 2, skipped: 1, dead: 0, pending: 0 })
  })

  it('waits for a store of pushers that is away', async () => {
    await addMany(3)
    const sender = bell(chime)
    const { pushers } = current().services
    let away = true
    const getMany: PusherStore['getMany'] = (app, ids) => {
      const answer = away ? Promise.reject(new Error('away')) : pushers.getMany(app, ids)
      away = false
      return answer
    }
    const worker = await work(current().services, [sender], { pushers: { ...pushers, getMany } })
    onTestFinished(() => worker.stop())
    const name = await api().pushAll(chime, 'x')
    await done(name)
    expect(sender.rung).toHaveLength(3)
  })

  it('is continued by another worker when one stops half-way, each pusher once', async () => {
    const ids = await addMany(600)
    const first = bell(chime, () => new Promise((resolve) => setImmediate(resolve)))
    const worker = await work(current().services, [first], { concurrency: 3 })
    const name = await api().pushAll(chime, 'x')
    await waitFor(() => first.rung.length > 30)
    await worker.stop()
    const second = bell(chime)
    const other = await work(current().services, [second])
    onTestFinished(() => other.stop())
    await done(name)
    const rung = [...first.rung, ...second.rung].map(({ pusher }) => pusher.id)
    expect(rung.toSorted()).toEqual(ids.toSorted())
  })

  it('tells as lost what another worker has meanwhile', async () => {
    await addMany(2)
    const sender = bell(chime, ({ pusher }) => (pusher.id.endsWith('p1') ? 3600 : undefined))
    const { store, observer } = current().services
    const openPage: typeof store.broadcasts.openPage = async (...given) => {
      const page = await store.broadcasts.openPage(...given)
      return page && { ...page, attempt: page.attempt - 1 } // as if it had been taken over at once
    }
    const told: string[] = []
    const worker = await work(current().services, [sender], {
      store: { ...store, broadcasts: { ...store.broadcasts, openPage } },
      observer: { ...observer, tried: ({ outcome }) => void told.push(outcome) },
    })
    onTestFinished(() => worker.stop())
    const name = await api().pushAll(chime, 'x')
    await waitFor(() => told.length === 2)
    expect(told).toEqual(['lost', 'lost'])
    expect(await progress(name)).toMatchObject({ state: 'running', sent: 0, pending: 2 })
  })

  it('lets other pushes overtake it', async () => {
    await addMany(600)
    await addPusher(current().services, 'urgent', [chime])
    const held: (() => void)[] = []
    const sender = bell(chime, () => new Promise<void>((resolve) => held.push(resolve)))
    const worker = await work(current().services, [sender], { concurrency: 2 })
    onTestFinished(() => worker.stop())
    await api().pushAll(chime, 'x')
    await waitFor(() => sender.rung.length === 2)
    await api().push(chime, 'urgent', 'now')
    await waitFor(() => {
      held.splice(0).forEach((release) => release())
      return sender.rung.some(({ data }) => data === 'now')
    })
    expect(sender.rung.length).toBeLessThan(300)
    sender.send = async () => {}
    held.splice(0).forEach((release) => release())
  })
})

/** What a worker has read of recipients is too old then. */
function letASecondPass(): void {
  const now = performance.now.bind(performance)
  const later = vi.spyOn(performance, 'now').mockImplementation(() => now() + 1000)
  onTestFinished(() => later.mockRestore())
}
