import type { SessionRole } from '@carillon/contract/session-messages'

/** An act of a client that its role must allow. */
export type Act = 'publish' | 'subscribe' | 'signal' | 'moderate'

const allowed: Readonly<Record<SessionRole, readonly Act[]>> = {
  subscriber: ['subscribe'],
  publisher: ['publish', 'subscribe', 'signal'],
  publisheronly: ['publish'],
  moderator: ['publish', 'subscribe', 'signal', 'moderate'],
}

export function isRole(text: string): text is SessionRole {
  return Object.hasOwn(allowed, text)
}

export function may(role: SessionRole, act: Act): boolean {
  return allowed[role].includes(act)
}
