import type { Actor } from './audit.ts'
import type { QuietHours } from './quiet-hours.ts'

/** A tenant: one key with its secrets, for every protocol. */
export interface App {
  /** A positive integer: official SDKs put it into URLs that match digits only. */
  id: number
  name: string
  key: string
  /** All are valid at once, so that a secret can be rotated. */
  secrets: AppSecret[]
  /** Refuses v1 signatures. */
  v2Only: boolean
  enabled: boolean
  settings: AppSettings
  /** Unix seconds. */
  createdAt: number
}

export interface AppSecret {
  id: number
  secret: string
  /** Unix seconds. */
  createdAt: number
}

/**
 * Where protocols look apps up. They do so for each connection, request and signature, so implementations should cache
 * for a moment.
 */
export interface AppDirectory {
  byKey(key: string): Promise<App | null>
  byId(id: number): Promise<App | null>
}

/**
 * All enabled apps, to find the app of a token that names none. It is read for each such token, so implementations
 * should cache for a moment.
 */
export interface EnabledApps {
  list(): Promise<App[]>
}

/** An app's settings, most of them for the realtime protocols. Absent means the default. */
export interface AppSettings {
  connectHook?: string
  /** The events that each URL receives, by name; none, or `*`, for all. */
  webhooks?: { url: string; events: string[] }[]
  clientEvents?: boolean
  subscriptionCount?: boolean
  watchlist?: boolean
  /** Origins of the pages that may connect. Clients other than browsers send no origin. Default: all. */
  allowedOrigins?: string[]
  /** Closes connections that neither sign in nor subscribe to a private channel in time. */
  authorizedConnections?: boolean
  /** Accepts WebSockets over TLS only. */
  tlsOnly?: boolean
  limits?: {
    eventBytes?: number
    presenceMembers?: number
    userInfoBytes?: number
    userIdCharacters?: number
    /** Seconds that `authorizedConnections` allows. */
    authorizationSeconds?: number
    connections?: number
    requestsPerSecond?: number
  }
  /** PEM: RSA for RS256, P-256 for ES256. */
  publicKeys?: string[]
  /** For pushers that have none of their own. */
  quietHours?: QuietHours
  /** IANA name: where the quiet hours hold for pushers whose time zone is unknown. Default: UTC. */
  timezone?: string
  /** Seconds over which what quiet hours held back is spread. Default: `DEFAULT_SMEAR_S`. */
  smear?: number
}

/** Entries of an app's `allowedOrigins`: `*`, an origin or a host, whose first label may be `*`. */
export const ORIGIN_PATTERN =
  /^(?:\*|null|(?:[a-z][a-z0-9+.-]*:\/\/)?(?:\*\.)?(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?)$/i

const DEFAULT_PORT = { http: '80', https: '443' } as Partial<Record<string, string>>

/**
 * Whether a client may connect to an app. A browser sends the origin of the page that connects; other clients send
 * none, and may always connect.
 */
export function mayConnectFrom({ settings: { allowedOrigins } }: App, origin: string | undefined): boolean {
  return !allowedOrigins || origin === undefined || isAllowedOrigin(allowedOrigins, origin)
}

/** Whether an origin is among the allowed ones, which `ORIGIN_PATTERN` describes. */
export function isAllowedOrigin(allowedOrigins: readonly string[], origin: string): boolean {
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

/** `*.example.com` matches every host below example.com. */
function isHost(allowed: string, host: string): boolean {
  if (host === '') return false
  return allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) && host.length >= allowed.length : host === allowed
}

/** The store of GoPusher's apps. They are the apps of every other protocol, and some have an account of their own. */
export interface GopusherApps {
  /** Creates an app with a key and a secret. Several apps may have accounts of the same name. */
  register(app: Registration, by: Actor): Promise<App>
  byKey(key: string): Promise<AppWithAccount | null>
  /** The enabled ones, oldest first. */
  page(page: { limit: number; offset: number }): Promise<{ total: number; apps: AppWithAccount[] }>
  /** Removes the account and disables the app. Its recipients, history and key are kept. */
  unregister(app: number, by: Actor): Promise<void>
}

export interface Registration {
  name: string
  account: AppAccount
  /** URL that decides whether a client may connect. */
  connectHook?: string | undefined
}

/** The credentials of an app's own servers. */
export interface AppAccount {
  name: string
  /** The password itself is not stored. */
  passwordHash: string
  /** The address that registered it. */
  requestIp: string
}

export interface AppWithAccount {
  app: App
  /** Null for an app that was not registered through GoPusher. */
  account: AppAccount | null
}
