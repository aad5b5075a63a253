import type { SessionRole } from '@carillon/contract/session-messages'
import { Refusal } from '@carillon/request'
import { keyOfSession } from '../session-id.ts'

/** An act of a client that its role must allow. */
export type Act = 'publish' | 'subscribe' | 'signal' | 'moderate'

const allowed: Readonly<Record<SessionRole, readonly Act[]>> = {
  subscriber: ['subscribe'],
  publisher: ['publish', 'subscribe', 'signal'],
  publisheronly: ['publish'],
  moderator: ['publish', 'subscribe', 'signal', 'moderate'],
}

/** What a token lets its holder do. */
export interface Grant {
  sessionId: string
  role: SessionRole
  /** What the application says of the client, for all to see. */
  connectionData: string
  /** Unix seconds. */
  expiresAt: number
  /** Layout classes of the streams that the client publishes. */
  initialLayoutClassList: string[]
}

/** What tokens of both kinds say, once their signature is checked. */
export interface Claims {
  sessionId: string
  /** Unix seconds. */
  createdAt: number
  expiresAt: number | undefined
  /** '': publisher. */
  role: string
  connectionData: string
  /** Separated by spaces. */
  layoutClasses: string
}

const DAY_S = 86_400
const LONGEST_LIFE_S = 30 * DAY_S
/** Clocks of others may be this far ahead. */
const SKEW_S = 600
/** Characters. */
const LONGEST_DATA = 1024

/**
 * @param now Unix seconds
 * @throws Refusal 403
 */
export function grantOf(key: string, claims: Claims, now: number): Grant {
  const { sessionId, createdAt, role, connectionData, layoutClasses } = claims
  if (keyOfSession(sessionId) !== key) throw badToken("its session_id is not one of its app's sessions")
  const expiresAt = claims.expiresAt ?? createdAt + DAY_S
  checkTimes(createdAt, expiresAt, now)
  const granted = role || 'publisher'
  if (!isRole(granted)) throw badToken('its role is none of subscriber, publisher, publisheronly and moderator')
  if (connectionData.length > LONGEST_DATA)
    throw badToken(`its connection_data is longer than ${LONGEST_DATA} characters`)
  if (layoutClasses.length > LONGEST_DATA)
    throw badToken(`its initial_layout_class_list is longer than ${LONGEST_DATA} characters`)
  const initialLayoutClassList = layoutClasses.split(/\s+/).filter(Boolean)
  return { sessionId, role: granted, connectionData, expiresAt, initialLayoutClassList }
}

export function badToken(why: string): Refusal {
  return new Refusal(403, `This token is not accepted: ${why}.`)
}

function checkTimes(createdAt: number, expiresAt: number, now: number): void {
  if (!Number.isFinite(createdAt) || !Number.isFinite(expiresAt)) throw badToken('its times are not Unix seconds')
  if (createdAt > now + SKEW_S) throw badToken("it was made in this server's future")
  if (expiresAt > createdAt + LONGEST_LIFE_S) throw badToken('it lives for more than 30 days')
  if (expiresAt <= now) throw badToken('it has expired')
}

function isRole(text: string): text is SessionRole {
  return Object.hasOwn(allowed, text)
}

export function may(role: SessionRole, act: Act): boolean {
  return allowed[role].includes(act)
}
