import { senderName } from '@carillon/contract'
import { number } from './number.ts'

/** What a page says after a change. A link names it, so that nobody can put words into the console's mouth. */
const notices = {
  'sender-paused': (_count: number, sender: string) => `${sender} is paused. Its pushes wait until you resume it.`,
  'sender-resumed': (_count: number, sender: string) => `${sender} is resumed.`,
  'push-replayed': () => 'The push is replayed: it is sent again, under the same id, with all its retries.',
  'push-cancelled': () => 'The push is cancelled.',
  'dead-replayed': (count: number) =>
    count === 1 ? 'One dead push is replayed.' : `${number(count)} dead pushes are replayed.`,
  'dead-replayed-some': (count: number) =>
    `${number(count)} dead pushes are replayed. There are more: replay again when these are sent.`,
  'event-sent': () => 'The event is sent to everybody on its channel.',
  'broadcast-paused': () => 'The broadcast pauses. What workers have started is still sent.',
  'broadcast-resumed': () => 'The broadcast is resumed. Nobody receives it twice.',
  'broadcast-cancelled': () => 'The broadcast is cancelled. Nobody else receives it.',
  'pusher-created': () => 'The pusher is created. Give it the senders that may reach it.',
  'pusher-changed': () => 'The pusher is changed.',
  'pusher-unchanged': () => 'Nothing was changed.',
  'pusher-removed': () => 'The pusher is deleted, and erased from the history.',
  'tag-added': () => 'The tag is added.',
  'tag-removed': () => 'The tag is removed.',
  'sender-given': (_count: number, sender: string) => `${sender} may reach the pusher now.`,
  'sender-taken': (_count: number, sender: string) => `${sender} may not reach the pusher any more.`,
  'address-removed': () => 'The address is removed.',
  'suppression-lifted': () => 'The suppression is lifted: messages are sent to the address again.',
  'test-accepted': () => 'The test is accepted. This page follows what becomes of it.',
  'category-created': () => 'The category is created. Pushes may name it now.',
  'category-changed': () => 'The category is changed.',
  'category-unchanged': () => 'Nothing was changed.',
  'category-removed': () => 'The category is removed. What pushers chose for it is kept.',
  'preferences-changed': () => 'The preferences are changed. They apply to whatever is sent from now on.',
  'template-stored': (count: number) =>
    `Version ${number(count)} is stored. What was accepted before is sent as it was.`,
  'template-unchanged': () => 'Nothing was changed.',
  'template-removed': () => 'The text is removed. What was accepted before is sent with it.',
  'app-changed': () => 'The settings are saved.',
  'app-unchanged': () => 'Nothing was changed, because the form says what applies already.',
  'secret-retired': () => 'The secret is retired. Whatever is signed with it is refused.',
  'key-added': () => 'The public key is added.',
  'key-retired': () => 'The public key is retired. Tokens of its private key are refused.',
} as const

/** A notice by its name, with the number and the sender in its sentence. */
export interface Notice {
  notice: keyof typeof notices
  count?: number
  sender?: string
}

/** The parameters of a link to a page with a notice. */
export function noticeQuery({ notice, count, sender }: Notice): Record<string, string | undefined> {
  return { notice, count: count?.toString(), about: sender }
}

/** The sentence that a link names. What cannot be a sender's name is not repeated. */
export function noticeOf({ notice, count, about }: Readonly<Record<string, string>>): string | undefined {
  if (notice === undefined || !Object.hasOwn(notices, notice)) return undefined
  const sender = senderName.safeParse(about).data ?? 'The sender'
  return notices[notice as Notice['notice']](Number(count) || 0, sender)
}
