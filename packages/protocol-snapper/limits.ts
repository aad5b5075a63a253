/** Characters of a room's and of a consumer's name. */
export const LONGEST_ROOM = 512
export const LONGEST_CONSUMER = 255
/** Characters, as long as the id of a pusher. */
export const LONGEST_USER = 255
/** Bytes that a producer may send at once before it has authenticated. */
export const LONGEST_AUTH = 16 * 1024
/** Milliseconds that a producer has to say who it is. */
export const AUTH_WITHIN_MS = 10_000

/** Non-empty text without control characters. */
export function isName(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest && !/\p{Cc}/u.test(value)
}
