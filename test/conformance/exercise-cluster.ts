import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Backplane, type Cluster, type RosterChange, rosterTopic, type DebouncedChange } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'

/** What carries messages between processes. */
export function exerciseBackplane(current: () => Backplane): void {
  let used = 0
  const newTopic = () => `topic-${++used}`

  async function listen(topic: string) {
    const heard: string[] = []
    await current().subscribe(topic, (message) => heard.push(message))
    return heard
  }

  describe('a backplane', () => {
    it('hands over what is published, in order, and counts who listens', async () => {
      const topic = newTopic()
      const heard = await listen(topic)
      const listening = await Promise.all(['1', '2', '3 ☃ \n'].map((text) => current().publish(topic, text)))
      await waitFor(() => heard.length === 3)
      expect(heard).toEqual(['1', '2', '3 ☃ \n'])
      expect(listening).toEqual([1, 1, 1])
    })

    it('keeps topics apart, and reports that nobody listens', async () => {
      const [one, other] = [newTopic(), newTopic()]
      const heard = await listen(one)
      expect(await current().publish(other, 'lost')).toBe(0)
      await current().publish(one, 'found')
      await waitFor(() => heard.length === 1)
      expect(heard).toEqual(['found'])
    })

    it('is silent after an unsubscription, until the next subscription', async () => {
      const topic = newTopic()
      const before = await listen(topic)
      await current().unsubscribe(topic)
      expect(await current().publish(topic, 'unheard')).toBe(0)
      const after = await listen(topic)
      await current().publish(topic, 'heard')
      await waitFor(() => after.length === 1)
      expect([before, after]).toEqual([[], ['heard']])
    })
  })
}

/** What joins processes, whatever it is made of. */
export function exerciseCluster(open: () => Promise<{ cluster: Cluster; close(): Promise<void> }>): void {
  let cluster: Cluster
  let close: () => Promise<void>
  let used = 0
  const debounced: DebouncedChange[] = []
  beforeAll(async () => {
    ;({ cluster, close } = await open())
    cluster.onDebounced((some) => debounced.push(...some))
  })
  afterAll(() => close())
  const newName = (what: string) => `${what}-${++used}`

  exerciseBackplane(() => cluster.backplane)

  async function listen(topic: string) {
    const heard: string[] = []
    await cluster.backplane.subscribe(topic, (message) => heard.push(message))
    return heard
  }

  describe('a roster', () => {
    it('counts members, and forgets those whose last connection goes', async () => {
      const { roster } = cluster
      const group = newName('group')
      expect((await roster.join(group, 'ann'))?.count).toBe(1)
      expect((await roster.join(group, 'ann'))?.count).toBe(2)
      await roster.join(group, 'bob')
      expect(await roster.counts(group, ['ann', 'bob', 'cy'])).toEqual([2, 1, 0])
      expect(await roster.size(group)).toBe(2)
      expect(await roster.leave(group, 'ann')).toBe(1)
      expect(await roster.leave(group, 'ann')).toBe(0)
      expect(await roster.list(group)).toEqual(new Map([['bob', 1]]))
      expect(await roster.leave(group, 'bob')).toBe(0)
      expect(await roster.size(group)).toBe(0)
    })

    it('lists by prefix, and takes any member', async () => {
      const { roster } = cluster
      const group = newName('group')
      const members = ['a:*[1]', 'a:2', 'b', '', 'über\u0000☃ "quoted"']
      for (const member of members) await roster.join(group, member)
      expect([...(await roster.list(group, 'a:')).keys()].toSorted()).toEqual(['a:*[1]', 'a:2'])
      expect([...(await roster.list(group)).keys()].toSorted()).toEqual(members.toSorted())
    })

    it('shows some members of a group of any size, and whether they are all', async () => {
      const { roster } = cluster
      const group = newName('group')
      expect(await roster.sample(group, 9)).toEqual({ members: new Map(), isAll: true })
      const names = Array.from({ length: 2000 }, (_, index) => `member-${index}`)
      await Promise.all(names.map((name) => roster.join(group, name)))
      const some = await roster.sample(group, 50)
      expect(some.isAll).toBe(false)
      expect(some.members.size).toBeGreaterThanOrEqual(50)
      expect(some.members.size).toBeLessThan(200)
      expect(new Set(some.members.values())).toEqual(new Set([1]))
      const all = await roster.sample(group, 5000)
      expect([all.isAll, all.members.size]).toEqual([true, 2000])
    })

    it('tells of the first coming and the last going, and of nothing else', async () => {
      const { roster } = cluster
      const group = newName('group')
      const heard = await listen(rosterTopic(group))
      const bob = await listen(rosterTopic(group, 'bob'))
      await roster.join(group, 'ann', { info: '{"n":1}' })
      await roster.join(group, 'ann', { info: '{"n":2}' })
      await roster.join(group, 'bob')
      await roster.leave(group, 'ann')
      await roster.leave(group, 'ann')
      await roster.leave(group, 'bob')
      await waitFor(() => heard.length === 4)
      const changes = heard.map((text) => JSON.parse(text) as RosterChange)
      expect(changes.map(({ step, member, here, info }) => ({ step, member, here, info }))).toEqual([
        { step: 1, member: 'ann', here: true, info: '{"n":1}' },
        { step: 2, member: 'bob', here: true, info: '' },
        { step: 3, member: 'ann', here: false, info: '' },
        { step: 4, member: 'bob', here: false, info: '' },
      ])
      expect(new Set(changes.map(({ era }) => era)).size).toBe(1)
      await waitFor(() => bob.length === 2)
      expect(bob).toEqual(['1', '0'])
    })

    it('shows a group at the moment of its last change', async () => {
      const { roster } = cluster
      const group = newName('group')
      await roster.join(group, 'ann', { info: 'first' })
      const joined = await roster.join(group, 'bob')
      const view = await roster.view(group)
      expect(view.at).toEqual(joined?.at)
      expect(view.members).toEqual(
        new Map([
          ['ann', 'first'],
          ['bob', ''],
        ]),
      )
      expect((await roster.join(group, 'bob'))?.at).toEqual(view.at)
    })

    it('begins another era once a group was empty', async () => {
      const { roster } = cluster
      const group = newName('group')
      const before = await roster.join(group, 'ann')
      await roster.leave(group, 'ann')
      const after = await roster.join(group, 'ann')
      expect(after?.at.step).toBe(1)
      expect(after?.at.era).not.toBe(before?.at.era)
    })

    it('refuses a new member of a full group, not one more connection of an old one', async () => {
      const { roster } = cluster
      const group = newName('group')
      await roster.join(group, 'ann', { most: 2 })
      await roster.join(group, 'bob', { most: 2 })
      expect(await roster.join(group, 'cy', { most: 2 })).toBeNull()
      expect((await roster.join(group, 'ann', { most: 2 }))?.count).toBe(2)
      expect(await roster.size(group)).toBe(2)
    })

    it('settles: who comes back at once has neither gone nor come', async () => {
      const { roster } = cluster
      const group = newName('group')
      await roster.join(group, 'back')
      await roster.join(group, 'left')
      await roster.leave(group, 'back')
      await roster.join(group, 'back')
      await roster.leave(group, 'left')
      const ours = () => debounced.filter((each) => each.group === group)
      await waitFor(() => ours().length === 3, { timeout: 10_000 })
      expect(ours()).toEqual([
        { group, member: 'back', here: true },
        { group, member: 'left', here: true },
        { group, member: 'left', here: false },
      ])
    })

    it('does not go below none', async () => {
      expect(await cluster.roster.leave(newName('group'), 'nobody')).toBe(0)
    })
  })

  describe('a cache', () => {
    it('keeps the last value for its time', async () => {
      const key = newName('key')
      expect(await cluster.cache.get(key)).toBeNull()
      await cluster.cache.set(key, 'one', 60)
      await cluster.cache.set(key, 'two ☃', 60)
      expect(await cluster.cache.get(key)).toEqual({ value: 'two ☃', ttl: 60 })
      await cluster.cache.set(key, 'short', 1)
      await waitFor(async () => (await cluster.cache.get(key)) === null)
    })

    it('knows who is first', async () => {
      const key = newName('key')
      expect(await cluster.cache.first(key, 1)).toBe(true)
      expect(await cluster.cache.first(key, 1)).toBe(false)
      await waitFor(() => cluster.cache.first(key, 60))
    })
  })
}
