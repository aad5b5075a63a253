import type { OpenBreaker, Sender, SenderReport } from '@carillon/contract'
import type { RateBudget } from './claim/rate-budget.ts'

export interface ReportDeps {
  concurrency: number
  /** Absent: the sender has no rate. */
  rateBudget: RateBudget | undefined
  openBreakers?(sender: string): OpenBreaker[]
}

/** What a worker tells of a sender that it runs. */
export function reportOf(
  { name, outbox, transports }: Pick<Sender, 'name' | 'outbox' | 'transports'>,
  { concurrency, rateBudget, openBreakers }: ReportDeps,
): SenderReport {
  const rate = rateBudget ? { ...rateBudget.rate, usedUpUntil: rateBudget.usedUpUntil } : null
  return {
    name,
    rate,
    concurrency,
    breakers: openBreakers?.(name) ?? [],
    ...(outbox !== undefined && { outbox }),
    ...(transports && { transports: [...transports] }),
  }
}
