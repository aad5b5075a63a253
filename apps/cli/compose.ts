/* Where the roles are put together from the other packages; loaded only by the commands that run one. */

export { runAllInOne } from './run/all-in-one.ts'
export { runApi } from './run/api.ts'
export { openApps, runMigrate } from './run/database.ts'
export { runRealtime } from './run/realtime.ts'
export { runWorker } from './run/worker.ts'
