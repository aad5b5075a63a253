export { connectLive, type Live, type LiveEvent, type LiveMember } from './connect-live.ts'
export { LiveError } from './outcome.ts'
export type { LiveOptions } from './options.ts'
