export type { CallResult, RetryResult } from './call-result.ts'
export { guardCalls } from './guard-calls.ts'
export { guardHosts } from './guard-hosts.ts'
export { sendToAddresses, type ToAddresses } from './send-to-addresses.ts'
