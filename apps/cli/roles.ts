import type { App, AppSecret } from '@carillon/contract'
import type { Config } from '@carillon/config'
import type { EmbeddedBoot } from '@carillon/store/boot'
import type { Logger } from 'pino'

/** A sender's module that was loaded from a file. */
export interface Plugin {
  name: string
  /** Its path, absolute. */
  file: string
}

/** A role at work in this process. */
export interface RunningRole {
  plugins?: readonly Plugin[]
  /** Accepts nothing new, finishes what was begun and closes every connection. Called once. */
  stop(): Promise<void>
}

export interface ListeningRole extends RunningRole {
  host: string
  /** The one it got, where `PORT` is 0. */
  port: number
}

/** Holds live connections, and so listens for Snapper's producers too. */
export interface RealtimeRole extends ListeningRole {
  /** Their TCP port. */
  producers: number
}

export interface AllInOneRole extends RealtimeRole {
  /** The first app: its newest secret is shown at start in open mode, and only then. */
  app: Pick<App, 'id' | 'key' | 'secrets'>
  /** Folder where messages become files, if there is one. */
  outbox?: string | undefined
}

interface WorkerRole extends RunningRole {
  /** Where `/metrics` is served, if `METRICS_PORT` is set. */
  monitor?: { host: string; port: number }
}

export interface SenderChoice {
  /** Paths of sender plugins, those of `SENDERS` first. */
  senders: readonly string[]
  /** Names of senders to run; empty: all that can. */
  only: readonly string[]
}

/** What the `app` commands do to the apps: in the database, or over the API of the server that has it open. */
export interface Apps {
  create(name: string): Promise<App>
  list(): Promise<App[]>
  /**
   * @param fields as `PATCH /v1/apps/{id}` takes them
   * @throws CarillonError `app_not_found`, or `invalid_field` naming the field.
   */
  change(app: number, fields: Record<string, unknown>): Promise<void>
  /** @throws CarillonError `app_not_found`. */
  addSecret(app: number): Promise<AppSecret>
  /** @throws CarillonError `app_not_found`, also for a secret the app does not have. */
  retireSecret(app: number, secret: number): Promise<void>
  /** The public keys that verify the tokens of Snapper's producers. @throws CarillonError `app_not_found`. */
  publicKeys(app: number): Promise<string[]>
  /** Puts them in the place of those there are. */
  setPublicKeys(app: number, pems: string[]): Promise<void>
  close(): Promise<void>
}

/** What the commands need composed: the exports of compose.ts. */
export interface Roles {
  /** @param database the embedded one, if it is to be used */
  runAllInOne(config: Config, log: Logger, database: EmbeddedBoot | undefined): Promise<AllInOneRole>
  runApi(config: Config, log: Logger): Promise<ListeningRole>
  runRealtime(config: Config, log: Logger): Promise<RealtimeRole>
  runWorker(config: Config, log: Logger, options: SenderChoice): Promise<WorkerRole>
  /** Brings the database's schema up to date. */
  runMigrate(config: Config, log: Logger): Promise<void>
  /** @param origin where a server answers that may have the embedded database open */
  openApps(config: Config, log: Logger, origin: string): Promise<Apps>
}
