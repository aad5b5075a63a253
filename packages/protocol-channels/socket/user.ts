/** The user that a connection has signed in as. */
export interface SignedIn {
  id: string
  /** Shown on channels with presence. */
  info?: unknown
}
