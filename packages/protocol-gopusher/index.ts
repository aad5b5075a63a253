export { gopusherProtocol } from './protocol.ts'
export type { GopusherOptions } from './parts.ts'
