import type { App, Logger, PusherStore } from '@carillon/contract'
import type { Core } from '@carillon/core'
import type { HttpBindings } from '@carillon/http'
import type { UserPresence } from '@carillon/hub'
import type {
  AddressRepository,
  AppRepository,
  AuditRepository,
  BroadcastRepository,
  CategoryRepository,
  CountRepository,
  HistoryRepository,
  LoginRepository,
  PreferenceRepository,
  SenderRepository,
  SuppressionRepository,
  TemplateRepository,
} from '@carillon/store'
import type { LiveChannels } from '@carillon/protocol-channels'
import type { Context, MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Accounts, Visitor } from './access/accounts.ts'

/** What the console depends on: the repositories and the core of the API. */
export interface ConsoleDeps {
  apps: Pick<AppRepository, 'list' | 'create' | 'change'>
  core: Pick<Core, 'cancel' | 'preview' | 'replay' | 'replayDead' | 'resumeSender' | 'resumeBroadcast'> &
    Pick<Core, 'push' | 'testMessage' | 'explain' | 'explainAll' | 'removePusher' | 'templates'>
  pushers: Pick<PusherStore, 'getMany' | 'set' | 'list' | 'search'>
  addresses: Pick<AddressRepository, 'list' | 'removeOf'>
  suppressions: Pick<SuppressionRepository, 'list' | 'lift'>
  templates: Pick<TemplateRepository, 'list' | 'places' | 'find' | 'versions' | 'version' | 'remove'>
  senders: Pick<SenderRepository, 'status' | 'pause' | 'ofWorkers'>
  history: Pick<HistoryRepository, 'list' | 'find' | 'message' | 'deadGroups'>
  categories: Pick<CategoryRepository, 'list' | 'find' | 'put' | 'exist' | 'remove'>
  preferences: Pick<PreferenceRepository, 'find' | 'change'>
  broadcasts: Pick<BroadcastRepository, 'status' | 'list' | 'recipients' | 'pause' | 'cancel'>
  /** What happened in each minute. */
  counts: Pick<CountRepository, 'perMinute'>
  /** The live connections of all processes; opened when it is first asked for. */
  live(): Promise<LiveChannels>
  logins: LoginRepository
  audit: AuditRepository
  /** The live connections of a user. Rejects where they cannot be known. */
  presenceOf(app: number, user: string): Promise<UserPresence>
  /** The country of phone numbers that have no country code. */
  phoneCountry?: string | undefined
  /** Seconds after which an unfinished push is dead. */
  pushTtl: number
  /** Who may sign in. */
  accounts: Accounts
  /**
   * For a server that requires no signatures: lets in who may use it without an account, and refuses everybody else.
   * Where there is an administrator's account, everybody signs in.
   */
  open?: MiddlewareHandler | undefined
  /** Ends the streams of pages that are followed, so that they do not hold up a server that stops. */
  stopping: AbortSignal
  /** Milliseconds between two looks at a page that is followed; default 2000. */
  liveEveryMs?: number
  /** The app that is shown first. */
  firstApp: number
  /** The status and the sentence for an error. Logs what is our fault. */
  describeError(error: unknown, route: string): { status: ContentfulStatusCode; sentence: string }
  log: Logger
}

export interface ConsoleEnv {
  /** Absent outside @hono/node-server, such as in `app.request`. */
  Bindings: Partial<HttpBindings>
  Variables: {
    visitor: Visitor
    /** The app that the page is about. */
    app: App
    /** All apps, to choose another. The first is the one that is shown if a link names none. */
    apps: readonly App[]
    /** The fields of a form that may change something. */
    form: URLSearchParams
  }
}

export type ConsoleContext = Context<ConsoleEnv>
