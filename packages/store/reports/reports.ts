import type { DeliveryReport } from '@carillon/contract'
import type { Database } from '../database.ts'
import { recordReports } from './record.ts'

/** What providers reported of messages they had taken. */
export interface ReportRepository {
  /** Keeps each once, and suppresses what is to be; those of unknown or erased pushes are passed over. One statement. */
  record(reports: DeliveryReport[]): Promise<void>
}

export function reportRepository(db: Database): ReportRepository {
  return { record: (reports) => recordReports(db, reports) }
}
