/** One key and its secrets, whichever protocol it speaks. */
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

/** Where protocols look apps up: for each connection, request and signature, so answers are worth keeping for a moment. */
export interface AppDirectory {
  byKey(key: string): Promise<App | null>
  byId(id: number): Promise<App | null>
}

/** All apps that are enabled, for tokens that name none: asked for each, so an answer is worth keeping for a moment. */
export interface EnabledApps {
  list(): Promise<App[]>
}

/** What realtime protocols read of an app; absent means the protocol's default. */
export interface AppSettings {
  connectHook?: string
  /** Which events each URL hears of, by name; none, or `*`, for all. */
  webhooks?: { url: string; events: string[] }[]
  clientEvents?: boolean
  subscriptionCount?: boolean
  watchlist?: boolean
  /** Origins of the pages that may connect; other clients name none. Default: all. */
  allowedOrigins?: string[]
  /** Ends connections that do not sign in or get onto a private channel in time. */
  authorizedConnections?: boolean
  /** Takes WebSockets over TLS alone. */
  tlsOnly?: boolean
  limits?: {
    eventBytes?: number
    presenceMembers?: number
    userInfoBytes?: number
    userIdCharacters?: number
    /** Seconds that `authorizedConnections` leaves. */
    authorizationSeconds?: number
    connections?: number
    requestsPerSecond?: number
  }
  /** PEM: RSA for RS256, P-256 for ES256. */
  publicKeys?: string[]
}

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

/** Where GoPusher's apps are kept: the apps of every other protocol, some of them with an account of their own. */
export interface GopusherApps {
  /** Makes an app with a key and a secret; several may have an account of one name. */
  register(app: Registration): Promise<App>
  byKey(key: string): Promise<AppWithAccount | null>
  /** The enabled ones, oldest first. */
  page(page: { limit: number; offset: number }): Promise<{ total: number; apps: AppWithAccount[] }>
  /** Takes the account away and disables the app. Its recipients, its history and its key stay. */
  unregister(app: number): Promise<void>
}

export interface Registration {
  name: string
  account: AppAccount
  /** URL that is asked before a client is let in. */
  connectHook?: string | undefined
}

/** What an app's own servers sign in with. */
export interface AppAccount {
  name: string
  /** Never the password itself. */
  passwordHash: string
  /** The address that registered it. */
  requestIp: string
}

export interface AppWithAccount {
  app: App
  /** Null for an app that was not registered through GoPusher. */
  account: AppAccount | null
}
