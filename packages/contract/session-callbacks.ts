/** What an app's servers can hear of. */
export const sessionCallbackEvents = {
  connection: ['created', 'destroyed'],
  stream: ['created', 'destroyed'],
  archive: ['status'],
} as const

export type SessionCallbackGroup = keyof typeof sessionCallbackEvents

export interface SessionCallback {
  /** A UUID. */
  id: string
  group: SessionCallbackGroup
  event: string
  url: string
  /** Unix milliseconds. */
  createdAt: number
}

/** Where apps say what they want to hear of. */
export interface SessionCallbacks {
  /** @returns null when the app has as many as it may have */
  add(app: number, callback: Pick<SessionCallback, 'group' | 'event' | 'url'>): Promise<SessionCallback | null>
  list(app: number): Promise<SessionCallback[]>
  /** @returns whether there was one */
  remove(app: number, id: string): Promise<boolean>
}
