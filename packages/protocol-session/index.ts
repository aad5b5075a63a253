export { sessionProtocol, type SessionProtocolOptions } from './protocol.ts'
