import { describe, expect, it } from 'vitest'
import { broadcastName, pushName } from '@carillon/contract'
import vectors from '../../../test/vectors.json' with { type: 'json' }

describe('pushName', () => {
  it.each(vectors.push_name)('agrees with the vector: $name', ({ pusher, data, name }) => {
    expect(pushName(pusher, data)).toBe(name)
  })
})

describe('broadcastName', () => {
  it.each(vectors.broadcast_name)('agrees with the vector: $name', ({ sender, data, tag, name }) => {
    expect(broadcastName(sender, data, tag)).toBe(name)
  })
})
