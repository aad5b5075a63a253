import type { Batch } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { type FanOutAudience, FanOut } from '../fan-out.ts'
import type { HubSession } from '../fan-out.ts'

class Ear implements HubSession {
  readonly id: string
  readonly batches: string[] = []
  encodings = 0
  constructor(id: string) {
    this.id = id
  }
  deliver(batch: Batch): void {
    const encode = (text: string) => {
      this.encodings++
      return Buffer.from(`[${text}]`)
    }
    this.batches.push(Buffer.from(batch.encoded(encode)).toString())
  }
}

const channel = (...sessions: HubSession[]): FanOutAudience => ({ sessions: new Set(sessions), pending: [] })
const ears = (...ids: string[]) => ids.map((id) => new Ear(id))

describe('the fan-out', () => {
  it('hands over what a channel got in a tick as one batch, encoded once', async () => {
    const [ann, bob] = ears('ann', 'bob') as [Ear, Ear]
    const news = channel(ann, bob)
    const fanOut = new FanOut()
    for (const text of ['1', '2', '3']) fanOut.publish(news, text, '')
    expect(ann.batches).toEqual([])
    await new Promise(setImmediate)
    expect([ann.batches, bob.batches]).toEqual([['[1][2][3]'], ['[1][2][3]']])
    expect(ann.encodings + bob.encodings).toBe(3)
  })

  it('begins anew with each tick', async () => {
    const [ann] = ears('ann') as [Ear]
    const news = channel(ann)
    const fanOut = new FanOut()
    for (const text of ['1', '2']) {
      fanOut.publish(news, text, '')
      await new Promise(setImmediate)
    }
    expect(ann.batches).toEqual(['[1]', '[2]'])
  })

  it('keeps the order across channels for a session on several', () => {
    const [ann, bob, cy] = ears('ann', 'bob', 'cy') as [Ear, Ear, Ear]
    const [news, sports] = [channel(ann, bob), channel(bob, cy)]
    const fanOut = new FanOut()
    fanOut.publish(news, 'n1', '')
    fanOut.publish(sports, 's1', '')
    fanOut.publish(news, 'n2', '')
    fanOut.publish(sports, 's2', '')
    fanOut.flush()
    expect([ann.batches, bob.batches, cy.batches]).toEqual([['[n1][n2]'], ['[n1][s1][n2][s2]'], ['[s1][s2]']])
  })

  it('leaves a message out for the session it names, on every channel', () => {
    const [ann, bob] = ears('ann', 'bob') as [Ear, Ear]
    const [news, sports] = [channel(ann, bob), channel(ann)]
    const fanOut = new FanOut()
    fanOut.publish(news, '1', '')
    fanOut.publish(news, '2', 'ann')
    fanOut.publish(sports, '3', 'ann')
    fanOut.publish(news, '4', 'nobody')
    fanOut.flush()
    expect([ann.batches, bob.batches]).toEqual([['[1][4]'], ['[1][2][4]']])
  })

  it('hands over nothing where all is left out', () => {
    const [ann] = ears('ann') as [Ear]
    const fanOut = new FanOut()
    fanOut.publish(channel(ann), '1', 'ann')
    fanOut.flush()
    expect(ann.batches).toEqual([])
  })

  it('flushes at once when asked, and not a second time', async () => {
    const [ann] = ears('ann') as [Ear]
    const fanOut = new FanOut()
    fanOut.publish(channel(ann), '1', '')
    fanOut.flush()
    fanOut.flush()
    await new Promise(setImmediate)
    expect(ann.batches).toEqual(['[1]'])
  })

  it('keeps what is published while it hands over for the next flush', () => {
    const fanOut = new FanOut()
    const [bob] = ears('bob') as [Ear]
    const echo: HubSession = { id: 'echo', deliver: () => fanOut.publish(news, 'answer', 'echo') }
    const news = channel(echo, bob)
    fanOut.publish(news, 'question', '')
    fanOut.flush()
    fanOut.flush()
    expect(bob.batches).toEqual(['[question]', '[answer]'])
  })
})
