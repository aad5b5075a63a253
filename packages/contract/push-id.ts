/** The id of a row. 64 bits wide; one of 19 digits was never given. */
export const ROW_ID = /^\d{1,18}$/
/** Ids are 64 bits wide; none of 19 digits was ever given. A pusher's id has no control characters. */
const PUSH_ID = /^(\d{1,18})(?:-(\P{Cc}{1,255}))?$/u

/** The id of one recipient's message of a broadcast, the same in its page and in a push of its own. */
export function recipientId(broadcast: string, pusher: string): string {
  return `${broadcast}-${pusher}`
}

/** What a push id that a provider gives back stands for: a push, or a recipient of a broadcast. Null for what never was one. */
export function readPushId(id: string): { push: string } | { broadcast: string; pusher: string } | null {
  const [, number, pusher] = PUSH_ID.exec(id) ?? []
  if (number === undefined) return null
  return pusher === undefined ? { push: number } : { broadcast: number, pusher }
}
