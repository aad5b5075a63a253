export type { SnapperOptions } from './parts.ts'
export { snapperProtocol } from './protocol.ts'
