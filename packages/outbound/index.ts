export { guardedOutbound, type GuardedOutbound } from './guarded-outbound.ts'
