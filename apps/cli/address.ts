import { isIPv6 } from 'node:net'
import type { Listening } from './roles.ts'

/** The URL of a server that listens. */
export function addressOf({ host, port }: Pick<Listening, 'host' | 'port'>): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
}
