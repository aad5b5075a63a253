import { describe, expect, it } from 'vitest'
import { silentLogger } from '@carillon/testkit'
import { redisTrouble } from '../../apps/cli/shared/redis-trouble.ts'

describe('trouble with Redis', () => {
  it('is told at once, and in an outage once in ten seconds, with the number of those that were not', () => {
    const lines: unknown[] = []
    let now = 0
    const tell = redisTrouble({ ...silentLogger, warn: (fields) => lines.push(fields) }, () => now)
    const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    for (now = 0; now < 12_000; now += 1000) tell(away)
    expect(lines).toEqual([{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED', unsaid: 9 }])
  })
})
