/** What a client may do in a session. */
export type Role = 'subscriber' | 'publisher' | 'publisheronly' | 'moderator'

/** An act of a client that its role must allow. */
export type Act = 'publish' | 'subscribe' | 'signal' | 'moderate'

const allowed: Readonly<Record<Role, readonly Act[]>> = {
  subscriber: ['subscribe'],
  publisher: ['publish', 'subscribe', 'signal'],
  publisheronly: ['publish'],
  moderator: ['publish', 'subscribe', 'signal', 'moderate'],
}

export function isRole(text: string): text is Role {
  return Object.hasOwn(allowed, text)
}

export function may(role: Role, act: Act): boolean {
  return allowed[role].includes(act)
}
