/** A place where clients meet. Whether anyone is in it is not its own matter. */
export interface Session extends NewSession {
  /** Unix milliseconds. */
  createdAt: number
}

export interface NewSession {
  id: string
  app: number
  /** IPv4 address near its first client, or ''. */
  location: string
  /** Clients send media to each other, not through a router. */
  relayed: boolean
  /** Archived whenever someone is in it. */
  archived: boolean
  /** Of automatic archives. */
  archiveName: string | null
  archiveResolution: string | null
  /** Clients encrypt media end to end. */
  e2ee: boolean
}

/** Where sessions are kept: for good, and unchanged. */
export interface Sessions {
  create(session: NewSession): Promise<Session>
  find(app: number, id: string): Promise<Session | null>
}
