import { sql } from 'drizzle-orm'
import type { Address } from '@carillon/contract'
import { seconds } from '../history/records.ts'

/** An address as its pusher's list shows it, which has the disabled ones too. */
export interface RegisteredAddress extends Address {
  /** Unix seconds since which nothing is sent to it; null: it is enabled. */
  disabledAt: number | null
  /** Why it is disabled. */
  reason: string | null
}

export type RegisteredRow = RegisteredAddress & Record<string, unknown>

/** The columns that make it. */
export const registeredColumns = sql`id, kind, token, target, environment, platform, locale, timezone, label,
  ${seconds(sql`created_at`)} as "createdAt", ${seconds(sql`seen_at`)} as "seenAt",
  ${seconds(sql`disabled_at`)} as "disabledAt", reason`
