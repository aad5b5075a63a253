export type { CallResult } from './call-result.ts'
export { sendToAddresses, type ToAddresses } from './send-to-addresses.ts'
