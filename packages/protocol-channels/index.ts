export { channelsProtocol } from './protocol.ts'
export type { ChannelsOptions } from './parts.ts'
export { channelText, sign, userText } from './signature.ts'
