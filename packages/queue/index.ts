export { memoryQueue } from './memory.ts'
export type { Consumer, Hint, Queue, Wake } from './queue.ts'
