export { emailOf } from './email.ts'
export { type Phone, phoneOf } from './phone.ts'
export { comparableAddress } from './comparable.ts'
