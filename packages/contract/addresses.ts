/** The kinds of places, besides mail and phone, at which a pusher can be reached. */
export const addressKinds = ['fcm', 'apns', 'webpush', 'slack', 'discord', 'telegram', 'teams'] as const
export type AddressKind = (typeof addressKinds)[number]

/** APNs has two: a token of one is unknown to the other. */
export const apnsEnvironments = ['production', 'sandbox'] as const
export type ApnsEnvironment = (typeof apnsEnvironments)[number]

/** One place at which a pusher can be reached: an app on a phone, a browser, a chat. Texts are empty when unknown. */
export interface Address {
  id: string
  kind: AddressKind
  /**
   * A secret. FCM's or APNs's token, a webhook's URL or a chat's id; of a browser its `PushSubscription` as JSON,
   * `{"endpoint":…,"keys":{"p256dh":…,"auth":…}}`.
   */
  token: string
  /** APNs topic (bundle id), FCM project, web origin. */
  target: string
  environment: ApnsEnvironment | ''
  platform: string
  locale: string
  timezone: string
  label: string
  /** Unix seconds, with milliseconds as decimals. */
  createdAt: number
  /** When it was registered last: unix seconds, with milliseconds as decimals. */
  seenAt: number
}

/** What senders may do to the addresses of pushes that they send. Each changes nothing if the address is gone already. */
export interface AddressBook {
  /**
   * Removes an address that no longer exists at its provider.
   * @param unlessSeenSince unix seconds: an address that was registered again after it stays
   */
  remove(app: number, id: string, unlessSeenSince?: number): Promise<void>
  /** Sends nothing to an address until it is registered again. */
  disable(app: number, id: string, reason: string): Promise<void>
  /** Sets where it is reached now: a chat that has moved, the APNs environment that works. */
  change(app: number, id: string, change: { token?: string; environment?: ApnsEnvironment }): Promise<void>
}

/** `waits`: not called yet, because of a rate. `failed`: to be tried again. The others are final. */
export const addressOutcomes = ['sent', 'failed', 'waits', 'gaveUp', 'disabled', 'removed'] as const
export type AddressOutcome = (typeof addressOutcomes)[number]

/** What an attempt did at one address, as the history shows it. */
export interface AddressResult {
  kind: AddressKind
  /** The token, shortened so that nobody can use it (`shortToken`). */
  address: string
  outcome: AddressOutcome
  /** The provider's id for the message. */
  messageId?: string
  /** Why, for all but `sent`. */
  reason?: string
}

const SHOWN = 6

/**
 * The end of a token, by which its owner recognizes it and nobody can use it: `…a1B2c3`. Of a browser's subscription, the
 * end of its endpoint.
 */
export function shortToken(token: string): string {
  const text = /^\{"endpoint":"([^"]*)"/.exec(token)?.[1] ?? token
  return `…${text.slice(text.length - Math.min(SHOWN, Math.floor(text.length / 4)))}`
}

/** What a caller registers as a pusher's address; what is absent stays as it is, or is unknown. */
export interface AddressFields {
  kind: AddressKind
  /** Of every kind but `webpush`. */
  token?: string | undefined
  /** Of `webpush`: what a browser's `PushSubscription.toJSON()` returns. */
  subscription?: object | undefined
  /** APNs topic (bundle id), FCM project, web origin. */
  target?: string | undefined
  /** Of `apns`. */
  environment?: ApnsEnvironment | undefined
  platform?: string | undefined
  locale?: string | undefined
  timezone?: string | undefined
  label?: string | undefined
}

/** Why nothing is sent to an address. */
export interface AddressBlock {
  /** `disabled`: until it is registered again. `suppressed`: until the suppression is lifted. */
  as: 'disabled' | 'suppressed'
  /** Of a suppression: the sender that sends nothing to it. */
  sender?: string
  /** Of a suppression: its id, by which it can be lifted. */
  suppression?: string
  reason: string
  /** Unix seconds. */
  since: number
}

/** An address as the API shows it: without its token. */
export interface ShownAddress extends Omit<Address, 'token'> {
  /** The token, shortened (`shortToken`). */
  address: string
  /** Empty when it is sent to. */
  blocked: AddressBlock[]
}

/** An email address or a phone number. */
export interface PlainAddress {
  address: string
  blocked: AddressBlock[]
}

/** All places at which a pusher can be reached. */
export interface PusherAddresses {
  /** Those seen last first. */
  addresses: ShownAddress[]
  mail: PlainAddress | null
  phone: PlainAddress | null
}

/** The calls of the HTTP API about the places at which a pusher can be reached, in process or over the network. */
export interface AddressApi {
  /**
   * The same token again keeps its id and enables the address; a token of another pusher moves to this one.
   * @throws CarillonError `pusher_not_found`, or `invalid_field` with the name of the field
   */
  registerAddress(pusher: string, fields: AddressFields): Promise<ShownAddress>
  /**
   * With the email address and the phone number, and what keeps messages from each.
   * @throws CarillonError `pusher_not_found`
   */
  getAddresses(pusher: string): Promise<PusherAddresses>
  /** @throws CarillonError `address_not_found` */
  removeAddress(pusher: string, id: string): Promise<void>
}
