export { createWorker, type CreateWorkerOptions } from './create-worker.ts'
export { outboxIn } from './outbox.ts'
export { type AnySender, loadPlugin } from './plugin.ts'
export { builtInSenders, knownSenders } from './senders.ts'
