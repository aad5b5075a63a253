/** A push for a user's live connections. */
export interface RealtimeMessage {
  /** Id of the push, the same at every attempt: it distinguishes two pushes with the same content. */
  id?: string
  event: string
  data: unknown
}

/** Users' live connections, on any protocol. */
export interface LiveUsers {
  /**
   * Sends a message to every connection of a user.
   * @param within milliseconds to wait until a connection accepts it
   * @returns whether any connection accepted it
   */
  notify(app: number, user: string, message: RealtimeMessage, within: number): Promise<boolean>
}
