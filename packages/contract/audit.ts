/** Something that somebody did in the console. Times are unix seconds, with milliseconds as decimals. */
export interface AuditEntry {
  /** The account that they signed in with; `open mode` where nobody signs in. */
  account: string
  /** The address that the request came from, and the one that a proxy reported, if there is one. */
  address: string
  /** The app that it concerned; null for what concerns none, such as a login. */
  app: number | null
  /** What was done: `sender.pause`. */
  action: string
  /** What it was done to: the name of a sender, the id of a push, how many. Never personal data, because entries are kept. */
  target: string
}

/** An entry as it is read. */
export interface AuditRecord extends AuditEntry {
  id: string
  time: number
  /** The error, if it was refused or failed. */
  failure: string | null
}

export interface AuditQuery {
  /** Id of the last entry on the previous page. */
  after?: string | undefined
  /** At most 100; default 10. */
  size?: number | undefined
}
