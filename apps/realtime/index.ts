export { type ProtocolParts, protocols } from './protocols.ts'
export { createRealtime, type Realtime, type RealtimeParts } from './realtime.ts'
