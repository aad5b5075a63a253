export type { Accepted } from './accept/accept.ts'
export { type Core, type CoreDeps, createCore } from './core.ts'
export { type RunningWorker, startWorker, type WorkerDeps } from './worker.ts'
export { localApi } from './local-api.ts'
