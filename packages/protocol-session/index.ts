export type { SessionOptions } from './parts.ts'
