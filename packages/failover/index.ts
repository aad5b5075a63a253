export { failover } from './failover.ts'
export { NEXT_TURN } from './one-by-one.ts'
export type { Failover, Transport } from './transport.ts'
