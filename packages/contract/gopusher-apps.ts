import type { App } from './app.ts'

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
