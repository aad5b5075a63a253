export { watchApps } from './app-watch.ts'
export { type ProtocolParts, protocols } from './protocols.ts'
export { createRealtime, type Realtime, type RealtimeParts } from './realtime.ts'
