/** The account of whoever changes something on a server where nobody signs in and nothing is signed. */
export const OPEN_MODE = 'open mode'

/** Who does something, and from where. */
export interface Actor {
  /**
   * The account of an administrator; `app` and its key, for a call that an app signed; the user of the system, for a command on
   * the database; `open mode` where nobody signs in.
   */
  account: string
  /** The address that the request came from, and the one that a proxy reported, if there is one; of a command, its machine. */
  address: string
}

/** Something that somebody did. Times are unix seconds, with milliseconds as decimals. */
export interface AuditEntry extends Actor {
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

/** Selects entries; an absent field does not restrict them. */
export interface AuditQuery {
  account?: string | undefined
  action?: string | undefined
  /** Unix seconds of the first moment. */
  since?: number | undefined
  /** Unix seconds of the moment before which the entries are. */
  until?: number | undefined
  /** Id of the last entry on the previous page. */
  after?: string | undefined
  /** At most 100; default 10. */
  size?: number | undefined
}
