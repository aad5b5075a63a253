import { createApi as assembleApi } from '@carillon/api'
import { vapidKeys } from '@carillon/sender-push/vapid-keys'
import type { Hono } from 'hono'
import type { Services } from '../services.ts'
import { version } from '../version.ts'
import { firstApp, type FirstApp } from './first-app.ts'

export interface ApiOptions extends FirstApp {
  /** Who may call `/v1/apps` and `/v1/audit`. Without it, nobody may. */
  admin?: { account: string; password: string }
  /** What the webhooks of providers are checked by; without its setting a webhook is not served. */
  providers?: {
    /** The public key of SendGrid's signed event webhook, in base64. */
    sendgridWebhookKey?: string | undefined
    twilioAuthToken?: string | undefined
    /** Where the outside world reaches the API: Twilio signs the whole URL. */
    publicUrl?: string | undefined
  }
  /**
   * The public key with which browsers subscribe to Web Push; senders have it as `VAPID_PUBLIC_KEY`. Absent: that of the
   * pair that Carillon makes.
   */
  vapidPublicKey?: string | undefined
  /** Origins of the web pages that may call `/v1/me`, such as `https://shop.example.com`; default: none. */
  allowedOrigins?: readonly string[] | undefined
  /** The bearer token for reading `/metrics` from another machine. Without it, only this machine can read them. */
  metricsToken?: string
}

/**
 * The HTTP API as a Hono app, to mount in a Hono app with `route`, or in any other server with
 * `requestListener`. Where two processes serve it, both need `databaseUrl` and `redisUrl`.
 */
export async function createApi(services: Services, options: ApiOptions = {}): Promise<Hono> {
  const { store, pushers, core, nonces, ready, tracer, log, pushTtl } = services
  const { addresses, apps, senders, history, broadcasts, suppressions, templates, reports, idempotency, audit } = store
  const { admin, providers, vapidPublicKey, allowedOrigins, metricsToken } = options
  const api: unknown = assembleApi({
    pushers,
    addresses,
    allowPrivateHooks: services.allowPrivateHooks,
    core,
    apps,
    senders,
    history,
    broadcasts,
    suppressions,
    categories: store.categories,
    preferences: store.preferences,
    templates,
    reports,
    idempotency,
    audit,
    nonces,
    ...(await firstApp(services, options)),
    admin,
    providers,
    phoneCountry: services.phoneCountry,
    allowedOrigins,
    pushKey: async () => vapidPublicKey ?? (await vapidKeys(undefined, store.sharedValues)).publicKey,
    sharedValues: store.sharedValues,
    defaultTtl: pushTtl,
    ready,
    metrics: { ...services.metrics, token: metricsToken },
    tracer,
    log,
    version,
  })
  return api as Hono // what its handlers keep in the context is their own affair
}
