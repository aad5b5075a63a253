/** What the page says, in one language. Names of categories are the operator's, and stand in any language. */
export interface PageTexts {
  /** BCP 47 tag. */
  lang: string
  dir: 'ltr' | 'rtl'
  unsubscribeFrom(category: string): string
  notSubscribed(category: string): string
  unsubscribed(category: string): string
  /** Below `unsubscribed`. */
  onItsWay: string
  subscribed(category: string): string
  required(category: string): string
  requiredWhy: string
  allOff: string
  /** @param sender such as “Email” */
  allOffThrough(sender: string): string
  saved: string
  undone: string
  /** @param address masked */
  sentTo(address: string): string
  /** The buttons. */
  buttons: { unsubscribe: string; allOff: string; resubscribe: string; undo: string; save: string }
  choose: string
  alwaysOn: string
  nothingToChoose: string
  erased: string
  erasedWhy: string
  brokenLink: string
  brokenLinkWhy: string
  failed: string
  unchanged: string
  failedWhy: string
  tooMany: string
  tooManyWhy: string
  /** Channels whose names differ between languages. */
  senders: { sendmail: string; sendsms: string; sendpush: string; sendrealtime: string }
}
