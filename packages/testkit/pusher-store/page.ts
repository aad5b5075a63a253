import { describe, expect, it } from 'vitest'
import type { PusherPage, PusherStore } from '@carillon/contract'
import { addInOrder, idsOf, type Fresh } from './fresh.ts'

const TEN = Array.from({ length: 10 }, (_, at) => `p${at}`)
const all = { sender: 'sendmail', tag: '', limit: 3 }

export function exercisePage(fresh: Fresh): void {
  describe('page', () => {
    it('walks all that have the sender, once each, as whole pushers', async () => {
      const { store, app } = await fresh()
      await addInOrder(store, app, TEN, { addSenders: ['sendmail'], addTags: ['vip'] })
      await addInOrder(store, app, ['other'], { addSenders: ['sendsms'] })
      expect((await walk(store, app, all)).toSorted()).toEqual(TEN)
      const { pushers } = await store.page(app, { ...all, cursor: null })
      expect(pushers).toHaveLength(3)
      expect(pushers[0]).toMatchObject({ senders: ['sendmail'], tags: ['vip'] })
    })

    it('walks only those that carry the tag, when one is given', async () => {
      const { store, app } = await fresh()
      await addInOrder(store, app, TEN, { addSenders: ['sendmail'] })
      const carriers = ['p1', 'p4', 'p5', 'p9']
      for (const id of carriers) await store.set(app, id, { addTags: ['vip'] }, false)
      expect((await walk(store, app, { ...all, tag: 'vip' })).toSorted()).toEqual(carriers)
    })

    it('ends where there is nothing', async () => {
      const { store, app } = await fresh()
      expect(await walk(store, app, all)).toEqual([])
    })

    exerciseMeanwhile(fresh)
  })
}

function exerciseMeanwhile(fresh: Fresh): void {
  it('does not visit pushers that were added after the first page', async () => {
    const { store, app } = await fresh()
    await addInOrder(store, app, TEN, { addSenders: ['sendmail'] })
    let added = 0
    // Names on both sides of the others, and created before and after them: no order may let them in.
    const add = () =>
      addInOrder(store, app, [`a${++added}`, `z${added}`], {
        addSenders: ['sendmail'],
        fields: { createdAt: added % 2 },
      })
    expect((await walk(store, app, all, add)).toSorted()).toEqual(TEN)
  })

  it('visits the others once each although some are removed or changed meanwhile', async () => {
    const { store, app } = await fresh()
    await addInOrder(store, app, TEN, { addSenders: ['sendmail'] })
    const doomed = ['p0', 'p5', 'p9']
    const seen = await walk(store, app, all, async () => {
      await store.delete(app, doomed.pop() ?? 'nobody')
      await store.set(app, 'p3', { fields: { nickname: 'again', createdAt: 1_600_000_000 } }, false)
    })
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(expect.arrayContaining(['p1', 'p2', 'p3', 'p4', 'p6', 'p7', 'p8']))
  })
}

/** Ids in the order of the walk; `meanwhile` runs after every page. */
async function walk(
  store: PusherStore,
  app: number,
  options: { sender: string; tag: string; limit: number },
  meanwhile = async () => {},
): Promise<string[]> {
  const seen: string[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < 100; pages++) {
    const page: PusherPage = await store.page(app, { ...options, cursor })
    seen.push(...idsOf(page.pushers))
    if (page.next === null) return seen
    cursor = page.next
    await meanwhile()
  }
  throw new Error('The walk does not end')
}
