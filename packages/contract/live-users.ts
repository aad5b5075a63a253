/** What a push says to a person. */
export interface RealtimeMessage {
  /** Of the push, over all its tries: tells it from another one that says the same. */
  id?: string
  event: string
  data: unknown
}

/** People's live connections, on whichever protocol. */
export interface LiveUsers {
  /**
   * Rings every connection of a user.
   * @param within milliseconds to wait until one took it
   * @returns whether any took it
   */
  ring(app: number, user: string, message: RealtimeMessage, within: number): Promise<boolean>
}
