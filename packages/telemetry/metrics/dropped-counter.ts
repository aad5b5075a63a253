import { Counter, type Registry } from 'prom-client'

export function droppedCounter(registry: Registry): (messages: number) => void {
  const counter = new Counter({
    name: 'carillon_snapper_dropped_messages_total',
    help: 'Messages that the full queues of Snapper consumers did not take.',
    registers: [registry],
  })
  return (messages) => counter.inc(messages)
}
