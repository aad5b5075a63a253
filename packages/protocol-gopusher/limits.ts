/** Bytes of a form: what is pushed goes to every process as one message. */
export const LONGEST_FORM = 256 * 1024
/** Characters, as long as the id of a pusher. */
export const LONGEST_USER_TAG = 255
/** Characters of an app's and of an account's name. */
export const LONGEST_NAME = 255
/** Bytes that bcrypt looks at; it would take any longer password that begins alike. */
export const LONGEST_PASSWORD = 72
/** Apps on one page of the list. */
export const MOST_APPS = 1000
/** Clients on one page of the list. */
export const MOST_CLIENTS = 10_000

export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
