import { type Category, type ChoiceChange, type Outcome, type PushStateName, recipientId } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, gate, newName, work } from './bells.ts'

onEveryBackend('preferences', (current) => {
  const categories = () => current().services.store.categories
  const preferences = () => current().services.store.preferences
  let name: string
  beforeEach(() => void (name = newName()))

  const category = (fields: Partial<Category> = {}): Category => ({
    name,
    title: 'News',
    description: '',
    required: false,
    default: {},
    ...fields,
  })

  it('are about categories, which are replaced and removed by their own app', async () => {
    await categories().put(1, category({ default: { sendsms: 'off' } }))
    await categories().put(1, category({ name: `${name}-b`, required: true }))
    expect(await categories().find(1, name)).toEqual(category({ default: { sendsms: 'off' } }))
    expect(await categories().find(2, name)).toBeNull()
    await categories().put(1, category({ title: 'Old news', description: 'Weekly', required: true }))
    const replaced = category({ title: 'Old news', description: 'Weekly', required: true })
    const theirs = (await categories().list(1)).filter((one) => one.name.startsWith(name))
    expect(theirs).toEqual([replaced, category({ name: `${name}-b`, required: true })])
    await expect(categories().remove(2, name)).rejects.toMatchObject({ code: 'category_not_found' })
    await categories().remove(1, name)
    await expect(categories().remove(1, name)).rejects.toMatchObject({ code: 'category_not_found' })
  })

  it('are kept by category, by sender and by both, until they are set back', async () => {
    await preferences().change(1, name, [
      { category: 'news', sender: null, value: 'off' },
      { category: null, sender: 'sendsms', value: 'on' },
      { category: null, sender: 'sendsms', value: 'off' },
      { category: 'news', sender: 'sendmail', value: 'on' },
    ])
    const bySender = { category: null, sender: 'sendsms', value: 'off' } as const
    const both = { category: 'news', sender: 'sendmail', value: 'on' } as const
    const all = [bySender, { category: 'news', sender: null, value: 'off' }, both]
    expect(await preferences().find(1, name)).toEqual(all)
    expect(await preferences().find(2, name)).toEqual([])
    expect(await preferences().find(1, `${name}-other`)).toEqual([])
    await preferences().change(1, name, [
      { category: 'news', sender: null, value: 'default' },
      { category: 'offers', sender: null, value: 'default' },
      { ...bySender, value: 'on' },
    ])
    expect(await preferences().find(1, name)).toEqual([{ ...bySender, value: 'on' }, both])
  })

  it('outlive their category and end with their pusher', async () => {
    await addPusher(current().services, name, [])
    await categories().put(1, category())
    const off = { category: name, sender: null, value: 'off' } as const
    await preferences().change(1, name, [off])
    await categories().remove(1, name)
    expect(await preferences().find(1, name)).toEqual([off])
    await current().services.api(1).removePusher(name)
    expect(await preferences().find(1, name)).toEqual([])
  })

  it('are at most 500 of a pusher, and none is changed where they would be more', async () => {
    const many = (count: number): ChoiceChange[] =>
      Array.from({ length: count }, (_, at) => ({ category: `c${at}`, sender: null, value: 'off' }))
    await preferences().change(1, name, many(500))
    const last: ChoiceChange = { category: 'last', sender: null, value: 'off' }
    const first: ChoiceChange = { category: 'c0', sender: null, value: 'default' }
    await expect(preferences().change(1, name, [last])).rejects.toMatchObject({ code: 'conflict' })
    expect(await preferences().find(1, name)).toHaveLength(500)
    await preferences().change(1, name, [last, first])
    expect(await preferences().find(1, name)).toContainEqual(last)
    await preferences().change(1, name, [first, { ...first, value: 'off' }], Infinity)
    await preferences().change(1, name, [{ ...last, value: 'on' }]) // of 501, which are not more than before
    await expect(preferences().change(1, name, [{ ...first, category: 'more', value: 'on' }])).rejects.toThrow(
      'at most 500',
    )
    expect(await preferences().find(1, name)).toHaveLength(501)
  })

  it('are changed by many at a time', async () => {
    const both: ChoiceChange[] = [
      { category: 'a', sender: null, value: 'on' },
      { category: 'b', sender: null, value: 'off' },
    ]
    await Promise.all(
      Array.from({ length: 8 }, (_, at) => preferences().change(1, name, at % 2 ? both : both.toReversed())),
    )
    expect(await preferences().find(1, name)).toEqual(both)
  })

  const services = () => current().services
  const history = () => services().store.history
  const api = () => services().api(1)
  const switchTo = (pusher: string, value: ChoiceChange['value'], about: Partial<ChoiceChange> = { category: name }) =>
    preferences().change(1, pusher, [{ category: null, sender: null, ...about, value }])

  async function working(answer: () => Outcome | Promise<Outcome> = () => {}) {
    const sender = bell(name, answer)
    const worker = await work(services(), [sender])
    onTestFinished(() => worker.stop())
    return sender
  }

  /** The only push to a pusher, once it is in that state. */
  const inState = (pusher: string, state: PushStateName) =>
    waitFor(async () => (await history().list(1, { sender: name, pusher, state }))[0])

  it('end a push as skipped, by each rule', async () => {
    await categories().put(1, category())
    await categories().put(1, category({ name: `${name}-rare`, default: { [name]: 'off' } }))
    const ids = ['both', 'category', 'sender', 'default', 'on'].map((rule) => `${name}-${rule}`)
    const [both, byCategory, bySender, byDefault, on] = ids as [string, string, string, string, string]
    for (const id of ids) await addPusher(services(), id, [name])
    await switchTo(both, 'off', { category: name, sender: name })
    await switchTo(both, 'on')
    await switchTo(byCategory, 'off')
    await switchTo(byCategory, 'on', { sender: name })
    await switchTo(bySender, 'off', { sender: name })
    await switchTo(on, 'on', { category: name, sender: name })
    await switchTo(on, 'off')
    for (const id of ids) await api().push(name, id, 'ding', { category: id === byDefault ? `${name}-rare` : name })
    const sender = await working()
    for (const [id, reason] of [
      [both, `the pusher has switched off the category ${name} for ${name}`],
      [byCategory, `the pusher has switched off the category ${name}`],
      [bySender, `the pusher has switched off ${name}`],
      [byDefault, `the category ${name}-rare is off for ${name} until a pusher switches it on`],
    ] as const) {
      const skipped = await inState(id, 'skipped')
      expect(skipped).toMatchObject({ reason, attempt: 1, failures: 0, finishedAt: expect.any(Number) })
      const timeline = (await history().find(1, skipped.id))?.timeline
      expect(timeline?.map(({ event }) => event)).toEqual(['accepted', 'sending', 'skipped'])
      expect(timeline?.at(-1)).toMatchObject({ reason })
      await expect(services().core.replay(1, skipped.id)).rejects.toMatchObject({ code: 'conflict' })
    }
    expect(await inState(on, 'sent')).toMatchObject({ category: name, reason: null })
    const ofCategory = async (state?: PushStateName) =>
      (await history().list(1, { category: name, state })).map(({ pusher }) => pusher).toSorted()
    expect(await ofCategory('skipped')).toEqual([both, byCategory, bySender].toSorted())
    expect(await ofCategory()).toEqual([both, byCategory, bySender, on].toSorted())
    expect(sender.rung.map(({ pusher }) => pusher.id)).toEqual([on])
  })

  it('hold back neither what is required nor what has no category', async () => {
    await categories().put(1, category({ required: true, default: { [name]: 'off' } }))
    await addPusher(services(), name, [name])
    for (const about of [{ category: name, sender: name }, { category: name }, { sender: name }])
      await switchTo(name, 'off', about)
    const sender = await working()
    await api().push(name, name, 'required', { category: name })
    await api().push(name, name, 'plain')
    await api().push(name, name, 'forced', { category: name, force: true })
    await waitFor(() => sender.rung.length === 3)
  })

  it('are those that hold when a push is due, for what goes to an idle worker too', async () => {
    await categories().put(1, category())
    const ids = [`${name}-off`, `${name}-on`]
    for (const id of ids) await addPusher(services(), id, [name])
    await switchTo(ids[1]!, 'off')
    const sender = await working()
    const schedat = Math.ceil(Date.now() / 1000) + 2
    for (const id of ids) await api().push(name, id, 'later', { category: name, schedat })
    await switchTo(ids[0]!, 'off')
    await switchTo(ids[1]!, 'default')
    expect((await inState(ids[0]!, 'skipped')).finishedAt).toBeGreaterThanOrEqual(schedat)
    await inState(ids[1]!, 'sent')
    expect(sender.rung.map(({ pusher }) => pusher.id)).toEqual([ids[1]])
    // By now the worker has announced itself
    for (const index of [1, 2, 3]) await api().push(name, ids[0]!, `now ${index}`, { category: name })
    await waitFor(
      async () => (await history().list(1, { sender: name, pusher: ids[0], state: 'skipped' })).length === 4,
    )
    expect(sender.rung).toHaveLength(1)
  })

  it('outlive a removal of their category for what was accepted before', async () => {
    await categories().put(1, category())
    await addPusher(services(), name, [name])
    await switchTo(name, 'off')
    await api().push(name, name, 'ding', { category: name })
    await categories().remove(1, name)
    await working()
    await inState(name, 'skipped')
  })

  it('skip recipients of a broadcast, which counts them and keeps the reason', async () => {
    await categories().put(1, category())
    const ids = ['a', 'b', 'c', 'd'].map((letter) => `${name}-${letter}`)
    for (const id of ids) await addPusher(services(), id, [name])
    await switchTo(ids[0]!, 'off')
    await switchTo(ids[2]!, 'off', { sender: name })
    const sender = await working()
    const broadcast = await api().pushAll(name, 'all', { category: name })
    const status = () => services().store.broadcasts.status(1, broadcast)
    await waitFor(async () => (await status())?.finishedAt, { timeout: 20_000 })
    expect(await status()).toMatchObject({ state: 'done', category: name, sent: 2, skipped: 2, dead: 0 })
    const recipients = await services().store.broadcasts.recipients(1, broadcast, { outcome: 'skipped' })
    expect(recipients?.map(({ pusher, reason }) => [pusher, reason])).toEqual([
      [ids[0], `the pusher has switched off the category ${name}`],
      [ids[2], `the pusher has switched off ${name}`],
    ])
    expect(sender.rung.map(({ pusher }) => pusher.id).toSorted()).toEqual([ids[1], ids[3]])
  })

  it('hold for the later attempts of a recipient too', async () => {
    await categories().put(1, category())
    const ids = [`${name}-a`, `${name}-b`]
    for (const id of ids) await addPusher(services(), id, [name])
    await switchTo(ids[1]!, 'off')
    const sender = await working(() => ({ later: 2 }))
    const broadcast = await api().pushAll(name, 'all', { category: name })
    expect(await inState(ids[0]!, 'waiting')).toMatchObject({ broadcast, category: name })
    await switchTo(ids[0]!, 'off')
    await inState(ids[0]!, 'skipped')
    const status = () => services().store.broadcasts.status(1, broadcast)
    await waitFor(async () => (await status())?.finishedAt, { timeout: 20_000 })
    expect(await status()).toMatchObject({ state: 'done', sent: 0, skipped: 2, dead: 0 })
    expect(sender.rung).toHaveLength(1)
    const recipients = await services().store.broadcasts.recipients(1, broadcast, {})
    expect(recipients?.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['moved', `the pusher has switched off the category ${name}`],
      ['skipped', `the pusher has switched off the category ${name}`],
    ])
    expect(sender.rung[0]!.id).toBe(recipientId((await status())!.id, ids[0]!))
  })

  it('are recorded only by the worker that holds the push, and what is pushed again meanwhile is decided again', async () => {
    await categories().put(1, category())
    await addPusher(services(), name, [name])
    const entered = gate()
    const leave = gate()
    const sender = await working(async () => {
      entered.open()
      await leave.passed
    })
    await api().push(name, name, 'ding', { category: name })
    await entered.passed
    const { id, attempt } = await inState(name, 'sending')
    const recorded = await services().store.pushes.record([
      { id, attempt: attempt - 1, result: { is: 'skipped', reason: 'stale' } },
    ])
    expect(recorded.held.size).toBe(0)
    await api().push(name, name, 'ding', { category: name })
    await switchTo(name, 'off')
    leave.open()
    await inState(name, 'sent')
    expect(await inState(name, 'skipped')).toMatchObject({ category: name })
    expect(sender.rung).toHaveLength(1)
  })

  it('refuse nothing but an unknown category when a push is accepted', async () => {
    await categories().put(1, category())
    await addPusher(services(), name, [name])
    await switchTo(name, 'off')
    const unknown = { category: `${name}-unknown` }
    const refused = { code: 'category_not_found', hint: expect.stringContaining('PUT /v1/categories/') }
    const pushes = [unknown, { category: name }, {}].map((options, at) => api().push(name, name, `ding ${at}`, options))
    const [first, ...others] = await Promise.allSettled(pushes)
    expect(first).toMatchObject({ status: 'rejected', reason: refused })
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    await expect(api().pushAll(name, 'all', unknown)).rejects.toMatchObject(refused)
    expect(await history().list(1, { sender: name })).toHaveLength(2)
  })

  it('are what explain says', async () => {
    await addPusher(services(), name, [name])
    const check = async (asked?: string) => {
      const { checks } = await services().core.explain(1, { pusher: name, sender: name, category: asked })
      return checks.find((one) => one.check === 'preference')
    }
    expect(await check(name)).toMatchObject({ state: 'blocks', sentence: expect.stringContaining('no category') })
    await categories().put(1, category())
    expect(await check(name)).toMatchObject({ state: 'ok' })
    expect(await check()).toMatchObject({ state: 'ok', sentence: `All categories are on for ${name}.` })
    await switchTo(name, 'off')
    const why = `the pusher has switched off the category ${name}`
    expect(await check(name)).toMatchObject({ state: 'blocks', sentence: expect.stringContaining(why) })
    expect(await check()).toMatchObject({ state: 'ok', sentence: expect.stringContaining(why) })
    await categories().put(1, category({ required: true }))
    expect(await check(name)).toMatchObject({ state: 'ok', sentence: expect.stringContaining('it is required') })
  })
})
