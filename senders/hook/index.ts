export { hookSender } from './hook-sender.ts'
export { hookSenders } from './hooks-file.ts'
export type { Hook } from './options.ts'
