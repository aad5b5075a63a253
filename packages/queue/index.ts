export { memoryQueue } from './memory.ts'
export type { Consumer, WakeUp, Queue, WakeUpJob } from './queue.ts'
