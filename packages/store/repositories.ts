import type { App, AppSettings, SenderBacklog, SenderStatus } from '@carillon/contract'

export interface NewApp {
  name: string
  /** Made up when absent. */
  key?: string
  secret?: string
  v2Only?: boolean
  settings?: AppSettings
}

export interface AppChange {
  name?: string
  v2Only?: boolean
  enabled?: boolean
  /** Laid over the settings there are; a setting given as undefined is removed. */
  settings?: AppSettings
  /** One more secret; the empty string makes one up. */
  addSecret?: string
  /** Id of a secret to remove; the last one stays. */
  retireSecret?: number
}

export interface AppRepository {
  byKey(key: string): Promise<App | null>
  byId(id: number): Promise<App | null>
  list(): Promise<App[]>
  /** Ids of those of these apps that exist and are enabled. */
  enabledAmong(ids: readonly number[]): Promise<number[]>
  /** @throws CarillonError `conflict` when the key is taken. */
  create(app: NewApp): Promise<App>
  /** @throws CarillonError `app_not_found`, or `conflict` for the last secret. */
  change(id: number, change: AppChange): Promise<App>
  /** Makes the first app what the configuration says; in open mode key and secret are made once and kept. */
  ensureFirst(app: { id: number; key?: string; secret?: string }): Promise<App>
}

export interface SenderRepository {
  status(app: number): Promise<SenderStatus[]>
  /** Over all apps. */
  backlog(): Promise<SenderBacklog[]>
  pause(app: number, sender: string): Promise<void>
  /** Lets the pushes go; whoever calls it wakes them. */
  resume(app: number, sender: string): Promise<void>
}

export interface NonceStore {
  /** True the first time within `seconds`. */
  use(app: number, nonce: string, seconds: number): Promise<boolean>
}
