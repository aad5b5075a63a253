import type { PushMessage } from '../compose.ts'
import { mergeOver } from '../merge.ts'

/**
 * What the service worker gets: the options of `showNotification` with the title, the url to open and the number for the
 * app's badge. Without a title nothing is shown.
 */
export function payloadOf(message: PushMessage): string {
  const { id, silent, title = '', body, icon, image, url, badge, actions, webpush } = message
  const data = Object.keys(message.data).length > 0 ? message.data : undefined
  const shown = { title, body, icon, image, actions, tag: message.collapse }
  return JSON.stringify(mergeOver({ id, ...(!silent && shown), url, appBadge: badge, data }, webpush))
}
