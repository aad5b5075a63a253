import { isIPv6 } from 'node:net'
import type { Listening, Live } from './roles.ts'

/** The URL of a server that listens. */
export function addressOf(server: Pick<Listening, 'host' | 'port'>): string {
  return `http://${hostAndPort(server)}`
}

/** Where Snapper's producers connect to. */
export function producersOf({ host, producers: port }: Pick<Live, 'host' | 'producers'>): string {
  return hostAndPort({ host, port })
}

function hostAndPort({ host, port }: Pick<Listening, 'host' | 'port'>): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}
