import { Counter, Histogram, type Registry } from 'prom-client'
import type { Observer } from '@carillon/contract'

/** Seconds: from a provider next door to the longest that a sender may take. */
const CALL_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

/** Counters of this process, which are updated as things happen. */
export function pushCounters(registry: Registry): Observer {
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers })
  const accepted = counter('carillon_pushes_accepted_total', 'Pushes that were accepted.', ['sender'])
  const broadcasts = counter('carillon_broadcasts_accepted_total', 'Broadcasts that were accepted.', ['sender'])
  const tries = counter('carillon_push_outcomes_total', 'Attempts, by outcome.', ['sender', 'outcome'])
  const calls = new Histogram({
    name: 'carillon_provider_seconds',
    help: 'Duration of calls to a sender in seconds. Failed calls threw an error or did not answer in time.',
    labelNames: ['sender', 'result'],
    buckets: CALL_BUCKETS,
    registers,
  })
  const batches = new Histogram({
    name: 'carillon_batch_size',
    help: 'Items per batch.',
    labelNames: ['batch'],
    buckets: BATCH_BUCKETS,
    registers,
  })
  const acceptedBy = bySender((sender) => accepted.labels(sender))
  const broadcastsBy = bySender((sender) => broadcasts.labels(sender))
  const triesBy = bySender((sender, outcome) => tries.labels(sender, outcome))
  const callsBy = bySender((sender, result) => calls.labels(sender, result))
  return {
    accepted: ({ sender }) => acceptedBy(sender).inc(),
    broadcastAccepted: ({ sender }) => broadcastsBy(sender).inc(),
    tried: ({ sender, outcome }) => triesBy(sender, outcome).inc(),
    called: ({ sender, seconds, answered }) => callsBy(sender, answered ? 'answered' : 'failed').observe(seconds),
    batch: (name, size) => batches.observe({ batch: name }, size),
    cancelled() {},
    replayed() {},
  }
}

/** Names of senders come from callers, and each makes a time series that is kept for ever: beyond these they share one. */
const MOST_SENDERS = 200
const OTHER_SENDERS = '(other)'

/** The child of a metric for a sender and one more label, found without sorting labels each time. */
function bySender<Child>(make: (sender: string, label: string) => Child): (sender: string, label?: string) => Child {
  const known = new Map<string, Map<string, Child>>()
  return (sender, label = '') => {
    const name = known.has(sender) || known.size < MOST_SENDERS ? sender : OTHER_SENDERS
    const children = known.get(name) ?? new Map<string, Child>()
    known.set(name, children)
    const child = children.get(label) ?? make(name, label)
    children.set(label, child)
    return child
  }
}
