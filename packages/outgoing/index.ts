export { failover } from './failover.ts'
export { guardedOutbound, type GuardedOutbound } from './outbound.ts'
export { isPrivateHost } from './public-address.ts'
export { NEXT_TURN, type Transport } from './transport.ts'
