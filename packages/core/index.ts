export type { Accepted } from './accept/accept.ts'
export { type Core, type CoreDeps, createCore, localApi } from './core.ts'
export { type StartedWorker, startWorker, type WorkerDeps } from './worker.ts'
