/** Keeps its channels apart from those of other protocols. */
export const PROTOCOL = 'channels'

/** Pusher's rule for names, `#` aside. */
const NAME = /^[-a-zA-Z0-9_=@,.;]{1,200}$/
const SERVER_TO_USER = '#server-to-user-'

/** What a channel's name says of it. */
export interface ChannelKind {
  /** Asks for a signature. */
  isPrivate: boolean
  isPresence: boolean
  /** Its messages can be read by its subscribers alone. */
  isEncrypted: boolean
  /** Keeps its last message for those who come later. */
  isCache: boolean
}

export function isChannelName(name: string): boolean {
  return NAME.test(name)
}

export function kindOf(name: string): ChannelKind {
  const isPresence = name.startsWith('presence-')
  return {
    isPresence,
    isPrivate: isPresence || name.startsWith('private-'),
    isEncrypted: name.startsWith('private-encrypted-'),
    isCache: /^(?:(?:private-(?:encrypted-)?|presence-)?cache-)/.test(name),
  }
}

/** Whether a client needs nothing but the app's key to subscribe to it. */
export function isPublic(name: string): boolean {
  return !name.startsWith('#') && !kindOf(name).isPrivate
}

/** The channel on which one user's connections receive events for that user alone. */
export function serverToUserChannel(user: string): string {
  return `${SERVER_TO_USER}${user}`
}

/** The user whose channel it is, however long the id; undefined for any other channel. */
export function userOfChannel(name: string): string | undefined {
  if (!name.startsWith(SERVER_TO_USER)) return undefined
  const user = name.slice(SERVER_TO_USER.length)
  return isUserId(user, Infinity) ? user : undefined
}

/** @param longest characters that the app allows */
export function isUserId(id: unknown, longest: number): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= longest && id.isWellFormed()
}

/** Applications may write ids as numbers, which all others receive as text. */
export function asUserId(id: unknown): unknown {
  // A number that JSON cannot keep would be another user's.
  return Number.isSafeInteger(id) ? String(id) : id
}
