import type { Observer } from '@carillon/contract'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { backlogGauges } from './backlog-gauges.ts'
import { pushCounters } from './push-counters.ts'
import { droppedCounter } from './dropped-counter.ts'
import { faultCounter } from './fault-counter.ts'
import type { Backlogs } from './recent-backlogs.ts'

export interface MetricsOptions {
  /** What waits, by the database. */
  backlogs: Backlogs
  /** Also memory, CPU and event loop. Once in a process: what measures them cannot be stopped. */
  process?: boolean | undefined
}

/** What one process counts, in a registry of its own. */
export interface Metrics {
  /** Counts what it hears. */
  observer: Observer
  /** Counts messages that full queues of Snapper's consumers did not take. */
  dropped(messages: number): void
  /** Counts messages of other processes that were dropped, by their kind. */
  fault(kind: string): void
  /** The text that Prometheus reads. Never rejects: without the database it leaves out what only that knows. */
  render(): Promise<string>
  contentType: string
}

export function createMetrics({ backlogs, process = false }: MetricsOptions): Metrics {
  const registry = new Registry()
  const observer = pushCounters(registry)
  const dropped = droppedCounter(registry)
  const fault = faultCounter(registry)
  backlogGauges(registry, backlogs)
  if (process) collectDefaultMetrics({ register: registry })
  return { observer, dropped, fault, render: () => registry.metrics(), contentType: registry.contentType }
}
