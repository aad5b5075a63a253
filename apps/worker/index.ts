export { createWorker, type CreateWorkerOptions } from './create-worker.ts'
export { outboxIn } from './outbox.ts'
export { type AnySender, loadPlugins } from './plugin.ts'
export { builtInSenders, knownSenders } from './senders.ts'
