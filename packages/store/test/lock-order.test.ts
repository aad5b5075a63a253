import { describe, expect, it } from 'vitest'
import type { Database } from '../database.ts'
import { acceptKnown, acceptPushes, type NewPush } from '../pushes/accept.ts'
import { claimPushes, claimWithPushers, renewPushes } from '../pushes/claim.ts'
import { recordPushes } from '../pushes/record.ts'

interface Seen {
  text: string
  values: readonly unknown[]
}

/** A database that keeps the statements that it gets, and has no rows. */
function recordingDatabase() {
  const seen: Seen[] = []
  const prepared = async ({ text, values }: Seen) => {
    seen.push({ text, values })
    return { rows: [] }
  }
  return { seen, db: { prepared } as Partial<Record<keyof Database, unknown>> as Database }
}

const push = (sender: string, name: string): NewPush => ({
  app: 1,
  sender,
  name,
  pusher: 'ann',
  data: '{}',
  schedat: 0,
  force: false,
  priority: 'normal',
  ttl: 60,
})

/** Two batches whose rows are locked in different orders can wait for each other: a deadlock. */
describe('rows are locked in one order', () => {
  it.each([
    ['acceptPushes', (db: Database, pushes: NewPush[]) => acceptPushes(db, pushes)],
    ['acceptKnown', (db: Database, pushes: NewPush[]) => acceptKnown(db, pushes, 15)],
  ])('by %s, whatever the order of the batch, and each name once', async (_, accept) => {
    const { db, seen } = recordingDatabase()
    await accept(db, [push('gong', 'b'), push('chime', 'c'), push('gong', 'a'), push('chime', 'c'), push('chime', 'b')])
    expect(seen).toHaveLength(1)
    expect(seen[0]!.values).toContain('{"chime","chime","gong","gong"}')
    expect(seen[0]!.values).toContain('{"b","c","a","b"}')
  })

  it('by acceptKnown also after its join, which has an order of its own', async () => {
    const { db, seen } = recordingDatabase()
    await acceptKnown(db, [push('chime', 'a')], 15)
    expect(seen[0]!.text).toMatch(/with ordinality .* join .* order by place\s+\), written as \(\s+insert /s)
  })

  const held = [
    { id: '2', attempt: 1 },
    { id: '1', attempt: 1 },
  ]
  it.each([
    ['claimPushes', (db: Database) => claimPushes(db, ['2', '1'], 15)],
    ['claimWithPushers', (db: Database) => claimWithPushers(db, ['2', '1'], 15)],
    ['renewPushes', (db: Database) => renewPushes(db, held, 15)],
    [
      'recordPushes, of pushes that were sent',
      (db: Database) =>
        recordPushes(
          db,
          held.map((one) => ({ ...one, result: { is: 'sent' } })),
        ),
    ],
    [
      'recordPushes, of pushes that return',
      (db: Database) =>
        recordPushes(
          db,
          held.map((one) => ({ ...one, result: { is: 'returned' } })),
        ),
    ],
  ] satisfies [string, (db: Database) => Promise<unknown>][])('by %s: that of their ids', async (_, run) => {
    const { db, seen } = recordingDatabase()
    await run(db)
    expect(seen).not.toEqual([])
    for (const { text } of seen) expect(text).toMatch(/order by (p\.)?id\s+for update/)
  })
})
