import { authorityCalls, type AuthorityCalls, webhookCalls, type WebhookCalls } from './signatures.ts'
import { eventCalls, type EventCalls, questionCalls, type QuestionCalls } from './calls.ts'
import { Sdk } from './sdk.ts'
import { type ChannelsOptions, settle } from './settings.ts'

/**
 * What an application's server does on Pusher Channels. A failed call throws as those of
 * `createClient` do: an ApiError when the server refused it, else a CarillonError. Nothing is retried.
 */
export interface Channels extends EventCalls, QuestionCalls, AuthorityCalls, WebhookCalls {
  /** Cuts the kept connections, and with them the calls under way; a later call connects again. */
  close(): void
}

/**
 * The channels of one app.
 * @param url such as `http://key:secret@127.0.0.1:6001/apps/1`; default: the environment's `CARILLON_CHANNELS_URL`.
 * @throws TypeError naming what cannot be used.
 */
export function channelsFrom(url?: string, options: ChannelsOptions = {}): Channels {
  const settings = settle(url, options)
  const sdk = new Sdk(settings)
  return {
    ...eventCalls(sdk),
    ...questionCalls(sdk),
    ...authorityCalls(sdk),
    ...webhookCalls(sdk, settings.key, settings.otherSecrets),
    close: sdk.close,
  }
}
