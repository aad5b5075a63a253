/** A POST to somebody's server, tried again until it is taken or its time is over. */
export interface Callback {
  app: number
  url: string
  headers: Record<string, string>
  /** Sent as it is, so that a signature in the headers holds. */
  body: string
  /** Seconds from now after which it is given up. */
  within: number
}

export interface Callbacks {
  /** Resolves once they are stored; what is answered is not waited for. */
  post(callbacks: readonly Callback[]): Promise<void>
}
