export { memoryQueue } from './memory.ts'
export { type Consumer, type Queue, WAKE_UP, type WakeUp, type WakeUpJob } from './queue.ts'
