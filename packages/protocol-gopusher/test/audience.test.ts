import type { Batch } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { Audience, type AudienceMember } from '../audience/audience.ts'

/** Clients that share one number of framings. */
function clients(...tags: string[]) {
  const heard: string[] = []
  let framed = 0
  const encode = (text: string) => (framed++, Buffer.from(text))
  const deliver = (tag: string) => (batch: Batch) =>
    void heard.push(`${tag} ${Buffer.from(batch.encoded(encode)).toString()}`)
  const audience = new Audience()
  const all = tags.map((userTag): AudienceMember => ({ userTag, deliver: deliver(userTag) }))
  for (const client of all) audience.add(client)
  return { audience, all, heard, framed: () => framed }
}

describe("GoPusher's audience", () => {
  it('frames a message once for all who get it', async () => {
    const { audience, heard, framed } = clients('ann', 'bob', 'ann')
    expect(await audience.push('x', undefined, Infinity)).toBe(3)
    expect(heard).toEqual(['ann x', 'ann x', 'bob x'])
    expect(framed()).toBe(1)
  })

  it('asks a pattern once per user_tag', async () => {
    const { audience } = clients('ann', 'ann', 'bob')
    const asked: string[] = []
    expect(await audience.push('x', { test: (tag) => (asked.push(tag), tag === 'ann') }, Infinity)).toBe(2)
    expect(asked).toEqual(['ann', 'bob'])
  })

  it('keeps the order of pushes while a pattern takes its time, and lets others work meanwhile', async () => {
    const { audience, heard } = clients('ann', 'bob')
    let turns = 0
    const count = setInterval(() => turns++, 0)
    const slow = audience.push('first', { test: () => (spin(30), true) }, Infinity)
    const fast = audience.push('second', undefined, Infinity)
    expect(await Promise.all([slow, fast])).toEqual([2, 2])
    clearInterval(count)
    expect(heard).toEqual(['ann first', 'bob first', 'ann second', 'bob second'])
    expect(turns).toBeGreaterThan(0)
  })

  it('delivers an expired push to nobody', async () => {
    const { audience, heard } = clients('ann', 'bob')
    const until = performance.now() + 5
    expect(await audience.push('late', { test: () => (spin(10), true) }, until)).toBe(0)
    expect(await audience.push('next', undefined, Infinity)).toBe(2)
    expect(heard).toEqual(['ann next', 'bob next'])
  })

  it('goes on after a pattern that fails', async () => {
    const { audience } = clients('ann')
    const broken = () => {
      throw new Error('broken')
    }
    await expect(audience.push('x', { test: broken }, Infinity)).rejects.toThrow('broken')
    expect(await audience.push('x', undefined, Infinity)).toBe(1)
  })

  it('is empty when all have left', () => {
    const { audience, all } = clients('ann', 'ann')
    audience.remove(all[0]!)
    expect(audience.isEmpty).toBe(false)
    audience.remove(all[1]!)
    audience.remove(all[1]!)
    expect(audience.isEmpty).toBe(true)
  })
})

/** Milliseconds of work. */
function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
