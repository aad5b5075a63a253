/** A recipient, as the HTTP API shows it. */
export interface Pusher {
  id: string
  email: string
  nickname: string
  phoneNumber: string
  senders: string[]
  tags: string[]
  /** Unix seconds. */
  createdAt: number
  /** IANA name, such as `Asia/Shanghai`; empty when unknown. */
  timezone: string
  /** BCP 47 tag, such as `zh-CN`; empty when unknown. */
  locale: string
  /** Free JSON that belongs to the application. */
  attributes: Record<string, unknown>
}

/** The fields of a pusher that a caller may write; what is absent stays as it is. */
export type PusherFields = Partial<Omit<Pusher, 'id' | 'senders' | 'tags'>>
