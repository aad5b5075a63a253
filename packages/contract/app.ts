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
