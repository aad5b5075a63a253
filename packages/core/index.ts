export type { Accepted, Core } from './core.ts'
export { type CoreParts, createCore } from './create-core.ts'
export { type RunningWorker, startWorker, type WorkerParts } from './worker.ts'
export { localApi } from './local-api.ts'
