export { memoryLimiter, takeFrom } from './limiter.ts'
export { memoryPacer, RESERVATION_LIFE_MS } from './pacer.ts'
