/** Pages for the pusher of one push. A link is signed when it is first read. */
export interface PushLinks {
  /** The page of all preferences. */
  readonly preferences: string
  /**
   * The page that switches the category of the push off, and which a POST unsubscribes from (RFC 8058). Without a list, it is
   * the same page as `preferences`.
   */
  readonly unsubscribe: string
  /** Absent if the push has no category, or a required one. */
  readonly list: MailingList | undefined
}

/** A category as a list that people can leave. */
export interface MailingList {
  /** As RFC 2919 wants it, without `<>`. */
  id: string
  title: string
}
