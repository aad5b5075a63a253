import type { App } from '@carillon/contract'

/** The limits of an app, with Pusher's defaults where it sets none. */
export interface Limits {
  /** Bytes of an event's data. */
  eventBytes: number
  presenceMembers: number
  /** Bytes of what a member says of itself, as JSON. */
  userInfoBytes: number
  userIdCharacters: number
  /** Seconds in which a connection must sign in or get onto a private channel, where the app asks for that. */
  authorizationSeconds: number
  /** Connections at once, over all processes. */
  connections: number
  /** Requests of its HTTP API, in each process. */
  requestsPerSecond: number
}

const DEFAULT_EVENT_BYTES = 10_240
const DEFAULT_PRESENCE_MEMBERS = 100
const DEFAULT_USER_INFO_BYTES = 1024
/** As long as the id of a pusher. */
const DEFAULT_USER_ID_CHARACTERS = 255
const DEFAULT_AUTHORIZATION_S = 30

export function limitsOf({ settings: { limits = {} } }: App): Limits {
  return {
    eventBytes: limits.eventBytes ?? DEFAULT_EVENT_BYTES,
    presenceMembers: limits.presenceMembers ?? DEFAULT_PRESENCE_MEMBERS,
    userInfoBytes: limits.userInfoBytes ?? DEFAULT_USER_INFO_BYTES,
    userIdCharacters: limits.userIdCharacters ?? DEFAULT_USER_ID_CHARACTERS,
    authorizationSeconds: limits.authorizationSeconds ?? DEFAULT_AUTHORIZATION_S,
    connections: limits.connections ?? Infinity,
    requestsPerSecond: limits.requestsPerSecond ?? Infinity,
  }
}

/** Characters of an event's name. */
export const LONGEST_EVENT_NAME = 200
/** Channels of one trigger, and events of one batch. */
export const MOST_CHANNELS = 100
export const MOST_EVENTS = 10
/** Seconds that a cache channel keeps its last event. */
export const CACHE_S = 1800
/** Channels that a connection may be on. */
export const MOST_SUBSCRIPTIONS = 1000
/** Client events of a connection, per second. */
export const CLIENT_EVENTS_PER_SECOND = 10
/** Users that a connection may watch. */
export const MOST_WATCHED = 100
