import type { App } from './app.ts'

/** Entries of an app's `allowedOrigins`: `*`, an origin or a host, whose first label may be `*`. */
export const ORIGIN_PATTERN =
  /^(?:\*|null|(?:[a-z][a-z0-9+.-]*:\/\/)?(?:\*\.)?(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?)$/i

const DEFAULT_PORT = { http: '80', https: '443' } as Partial<Record<string, string>>

/**
 * Whether a client may connect to an app. A browser names the origin of the page that connects; other clients name
 * none, and may always connect.
 */
export function mayConnectFrom({ settings: { allowedOrigins } }: App, origin: string | undefined): boolean {
  if (!allowedOrigins || origin === undefined) return true
  return allowedOrigins.some((allowed) => matches(allowed.toLowerCase(), origin.toLowerCase()))
}

function matches(allowed: string, origin: string): boolean {
  if (allowed === '*' || allowed === origin) return true
  const [of, from] = [partsOf(allowed), partsOf(origin)]
  if (of.scheme === undefined) return isHost(of.host, from.host) && (of.port === undefined || of.port === portOf(from))
  return of.scheme === from.scheme && isHost(of.host, from.host) && portOf(of) === portOf(from)
}

interface OriginParts {
  scheme: string | undefined
  host: string
  port: string | undefined
}

function partsOf(text: string): OriginParts {
  const [, scheme, host = '', port] = /^(?:([^:/]*):\/\/)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text) ?? []
  return { scheme, host, port }
}

function portOf({ scheme = '', port }: OriginParts): string | undefined {
  return port ?? DEFAULT_PORT[scheme]
}

/** `*.example.com` stands for every host below example.com. */
function isHost(allowed: string, host: string): boolean {
  if (host === '') return false
  return allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) && host.length >= allowed.length : host === allowed
}
