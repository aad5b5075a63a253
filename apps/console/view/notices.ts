/** What a page says after a change. A link names it, so that nobody can put words into the console's mouth. */
const notices = {
  'sender-paused': 'The sender is paused. Its pushes wait until you resume it.',
  'sender-resumed': 'The sender is resumed.',
} as const

export type Notice = keyof typeof notices

export function noticeOf(name: string | undefined): string | undefined {
  return name !== undefined && Object.hasOwn(notices, name) ? notices[name as Notice] : undefined
}
