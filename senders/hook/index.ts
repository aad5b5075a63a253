export { type Hook, hookSender } from './hook-sender.ts'
export { hookSenders } from './hooks-file.ts'
