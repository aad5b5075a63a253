import { sql } from 'drizzle-orm'
import { type SenderReport, senderReport, type SenderState } from '@carillon/contract'
import type { Database } from '../database.ts'
import { isAlive } from './processes.ts'

/** What workers tell of a sender, taken together. */
export type Reported = Pick<SenderState, 'rate' | 'concurrency' | 'transports' | 'breakers' | 'outbox'>

/** Of a sender that no worker has reported. */
export const NOT_REPORTED: Reported = { rate: null, concurrency: 0, transports: [], breakers: [], outbox: null }

/** What live workers report, by sender. */
export async function reportedSenders(db: Database): Promise<Map<string, Reported>> {
  const { rows } = await db.execute<{ report: unknown }>(sql`
    select report from carillon.workers, jsonb_array_elements(reports) as report where ${isAlive}`)
  const reports = rows.flatMap(({ report }) => senderReport.safeParse(report).data ?? []) // of other versions, what can be read
  const bySender = Map.groupBy(reports, ({ name }) => name)
  return new Map(Array.from(bySender, ([name, ofSender]) => [name, together(ofSender)]))
}

function together(reports: SenderReport[]): Reported {
  return {
    rate: reports.map(({ rate }) => rate).reduce(slower, null),
    concurrency: reports.reduce((sum, { concurrency }) => sum + concurrency, 0),
    transports: [...new Set(reports.flatMap(({ transports = [] }) => transports))],
    breakers: breakersOf(reports),
    outbox: reports.find(({ outbox }) => outbox !== undefined)?.outbox ?? null,
  }
}

/** They count together, so what one has used up is used up for all. */
function slower(first: SenderReport['rate'], second: SenderReport['rate']): SenderReport['rate'] {
  if (!first || !second) return first ?? second
  return (second.usedUpUntil ?? 0) > (first.usedUpUntil ?? 0) ? second : first
}

function breakersOf(reports: SenderReport[]): Reported['breakers'] {
  const byTransport = Map.groupBy(
    reports.flatMap(({ breakers }) => breakers),
    ({ transport }) => transport,
  )
  return Array.from(byTransport.values(), (same) => {
    const [first] = same.toSorted((a, b) => a.openSince - b.openSince)
    return { ...first!, nextProbe: Math.min(...same.map(({ nextProbe }) => nextProbe)), workers: same.length }
  })
}
