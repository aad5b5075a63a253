export { channelsProtocol } from './protocol.ts'
export type { ChannelsOptions } from './parts.ts'
