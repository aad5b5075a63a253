export { ProducerError } from './errors.ts'
export type { ProducerOptions } from './options.ts'
export { Producer } from './producer.ts'
