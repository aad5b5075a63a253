export type { Accepted } from './accept/accept.ts'
export { type Core, type CoreDeps, createCore, localApi, localHistory } from './core.ts'
export { startSweeper } from './sweep/sweeper.ts'
export { type StartedWorker, startWorker, type WorkerDeps } from './worker.ts'
