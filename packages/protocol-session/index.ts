export { sessionProtocol } from './protocol.ts'
export type { Rooms, SessionConnection, SessionEvent, SessionStream } from './room/room.ts'
export type { SessionOptions } from './parts.ts'
