import { Counter, type Registry } from 'prom-client'

export function faultCounter(registry: Registry): (kind: string) => void {
  const counter = new Counter({
    name: 'carillon_dropped_messages_total',
    help: 'Messages of other processes that could not be read or followed, and were dropped.',
    labelNames: ['kind'],
    registers: [registry],
  })
  return (kind) => counter.inc({ kind })
}
