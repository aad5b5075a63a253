export { sessionProtocol } from './protocol.ts'
export type { SessionOptions } from './deps.ts'
