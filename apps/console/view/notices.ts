import { number } from './number.ts'

/** What a page says after a change. A link names it, so that nobody can put words into the console's mouth. */
const notices = {
  'sender-paused': () => 'The sender is paused. Its pushes wait until you resume it.',
  'sender-resumed': () => 'The sender is resumed.',
  'push-replayed': () => 'The push is replayed: it is sent again, under the same id, with all its retries.',
  'push-cancelled': () => 'The push is cancelled.',
  'dead-replayed': (count: number) =>
    count === 1 ? 'One dead push is replayed.' : `${number(count)} dead pushes are replayed.`,
  'dead-replayed-some': (count: number) =>
    `${number(count)} dead pushes are replayed. There are more: replay again when these are sent.`,
  'broadcast-paused': () => 'The broadcast pauses. What workers have started is still sent.',
  'broadcast-resumed': () => 'The broadcast is resumed. Nobody receives it twice.',
  'broadcast-cancelled': () => 'The broadcast is cancelled. Nobody else receives it.',
} as const

/** A notice by its name, with the number in its sentence. */
export interface Notice {
  notice: keyof typeof notices
  count?: number
}

/** The parameters of a link to a page with a notice. */
export function noticeQuery({ notice, count }: Notice): Record<string, string | undefined> {
  return { notice, count: count?.toString() }
}

/** The sentence that a link names. */
export function noticeOf(name: string | undefined, count: string | undefined): string | undefined {
  if (name === undefined || !Object.hasOwn(notices, name)) return undefined
  return notices[name as Notice['notice']](Number(count) || 0)
}
