import { collectDefaultMetrics, Counter, Registry } from 'prom-client'
import type { Observer } from '@carillon/contract'
import { backlogGauges, type Backlogs } from './backlogs.ts'
import { pushCounters } from './push-counters.ts'

export interface MetricsOptions {
  /** What waits in the database. */
  backlogs: Backlogs
  /** Also memory, CPU and event loop. Once in a process: what measures them cannot be stopped. */
  process?: boolean | undefined
}

/** The metrics of one process, in a registry of their own. */
export interface Metrics {
  /** Counts the events that it receives. */
  observer: Observer
  /** Counts messages that did not fit into the full queues of Snapper's consumers. */
  dropped(messages: number): void
  /** Counts messages of other processes that were dropped, by their kind. */
  fault(kind: string): void
  /** The text that Prometheus reads. Never rejects: without the database it omits the values that are read from there. */
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

function droppedCounter(registry: Registry): (messages: number) => void {
  const counter = new Counter({
    name: 'carillon_snapper_dropped_messages_total',
    help: 'Messages dropped because the queue of a Snapper consumer was full.',
    registers: [registry],
  })
  return (messages) => counter.inc(messages)
}

function faultCounter(registry: Registry): (kind: string) => void {
  const counter = new Counter({
    name: 'carillon_dropped_messages_total',
    help: 'Messages from other processes that could not be read or handled and were dropped.',
    labelNames: ['kind'],
    registers: [registry],
  })
  return (kind) => counter.inc({ kind })
}
