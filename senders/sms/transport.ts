import type { Outcome, Push } from '@carillon/contract'

/** One sms, rendered. */
export type Sms = TextSms | TemplateSms

/** A text of the caller's own. */
export interface TextSms {
  kind: 'text'
  to: string
  text: string
}

/** A text that the provider knows, to be filled in. */
export interface TemplateSms {
  kind: 'template'
  to: string
  /** The provider's code of it. */
  template: string
  signName: string
  /** Texts only: Aliyun refuses a number with isv.INVALID_JSON_PARAM. A text of the caller's own goes out as it is. */
  params: string | Record<string, string>
}

/**
 * Delivers one kind of SMS through its provider.
 * @throws RetryableError for passing trouble, and for the operator's mistakes, which lose no sms
 */
export type SmsTransport<Kind extends Sms> = (sms: Kind, push: Push) => Promise<Outcome>
