import type { App, Logger, PusherStore, SharedValues, Tracer } from '@carillon/contract'
import type { Core } from '@carillon/core'
import type {
  AddressRepository,
  AppRepository,
  AuditRepository,
  BroadcastRepository,
  CategoryRepository,
  HistoryRepository,
  IdempotencyRepository,
  NonceStore,
  PreferenceRepository,
  ReportRepository,
  SenderRepository,
  SuppressionRepository,
  TemplateRepository,
} from '@carillon/store'

/** What the API depends on. The composition root of the process supplies it. */
export interface ApiDeps {
  pushers: PusherStore
  addresses: Pick<AddressRepository, 'register' | 'list' | 'removeOf'>
  /** URLs that callers register may be http, and point at private addresses. */
  allowPrivateHooks: boolean
  apps: AppRepository
  core: Core
  senders: Pick<SenderRepository, 'status' | 'pause' | 'resume'>
  history: Pick<HistoryRepository, 'list' | 'find'>
  broadcasts: Pick<BroadcastRepository, 'status' | 'list' | 'recipients' | 'pause' | 'cancel'>
  categories: Pick<CategoryRepository, 'list' | 'find' | 'put' | 'exist' | 'remove'>
  preferences: Pick<PreferenceRepository, 'find' | 'change'>
  suppressions: Pick<SuppressionRepository, 'list' | 'add' | 'lift'>
  templates: Pick<TemplateRepository, 'list' | 'find' | 'versions' | 'version' | 'remove'>
  reports: ReportRepository
  idempotency: IdempotencyRepository
  nonces: NonceStore
  audit: AuditRepository
  /** No key is configured: requests without X-App-Key act as `firstApp`. For loopback only. */
  open: boolean
  firstApp: App
  /** Who may call `/v1/apps` and `/v1/audit`; absent: nobody. */
  admin?: Admin | undefined
  /** What the webhooks of providers are checked by; without its setting a webhook is not served. */
  providers?: ProviderSettings | undefined
  /** The country of phone numbers that have no country code. */
  phoneCountry?: string | undefined
  /** The public key with which browsers subscribe to Web Push, in base64url. */
  pushKey(): Promise<string>
  /** Has the key that signs the links with which people unsubscribe. */
  sharedValues: Pick<SharedValues, 'get'>
  /** Origins of the web pages that may call `/v1/me`, as an app's `allowedOrigins`; default: none. */
  allowedOrigins?: readonly string[] | undefined
  /** Seconds after which an unfinished push is dead, unless it says otherwise. */
  defaultTtl: number
  /** @throws CarillonError `unavailable`, with a sentence that names what cannot be reached. */
  ready(): Promise<void>
  metrics: MetricsDeps
  tracer: Tracer
  log: Logger
  version: string
}

export interface ProviderSettings {
  /** The public key of SendGrid's signed event webhook, in base64. */
  sendgridWebhookKey?: string | undefined
  twilioAuthToken?: string | undefined
  /** Where the outside world reaches this API: Twilio signs the whole URL. */
  publicUrl?: string | undefined
}

/** What `/metrics` answers with, and to whom. */
export interface MetricsDeps {
  /** The text that Prometheus reads. */
  render(): Promise<string>
  contentType: string
  /** Bearer token of those on other machines; absent: refused. */
  token?: string | undefined
}

export interface Admin {
  account: string
  password: string
}
