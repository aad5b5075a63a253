import { expiration, type PushMessage } from '../compose.ts'
import { type JsonObject, mergeOver } from '../merge.ts'
import { jsonSize } from '../size.ts'

/** What is the same for each address of a push; the target is added. */
export interface FcmMessage {
  message: JsonObject
  /** Bytes that FCM limits: those of the notification and the data. */
  bytes: number
}

/** Of Firebase's SDK, which makes them: the first four bits are 0111. */
const INSTALLATION_ID = /^[cdef][\w-]{21}$/

/** An app has a registration token, or in newer versions of Firebase an installation id. FCM calls them differently. */
export function fcmTarget(token: string): { fid: string } | { token: string } {
  return INSTALLATION_ID.test(token) ? { fid: token } : { token }
}

/**
 * The `message` of `messages:send`, with a part for each platform, of which FCM uses the one that the token belongs to:
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 */
export function fcmMessage(push: PushMessage): FcmMessage {
  const { title, body, image, url, silent, fcm } = push
  const built = {
    ...(!silent && { notification: defined({ title, body, image }) }),
    data: { ...(url && { url }), ...push.data },
    android: android(push),
    apns: apple(push),
    webpush: web(push),
  }
  const message = mergeOver(built, fcm)
  return { message, bytes: jsonSize({ notification: message['notification'], data: message['data'] }) }
}

/**
 * Its `tag` replaces what is on the screen. A collapse key is only set when the caller chose it: FCM stores four per device,
 * and would drop others of a device that is offline.
 * https://firebase.google.com/docs/cloud-messaging/customize-messages/collapsible-message-types
 */
function android({ priority, ttl, collapse, collapses, silent, icon, sound, badge }: PushMessage): JsonObject {
  return defined({
    priority: priority === 'high' ? 'HIGH' : 'NORMAL',
    ttl: ttl === undefined ? undefined : `${ttl}s`,
    collapse_key: collapses ? collapse : undefined,
    notification: silent
      ? undefined
      : defined({ tag: collapse, icon: resourceName(icon), sound: sound || undefined, notification_count: badge }),
  })
}

/** FCM passes these on to APNs. */
function apple({ priority, collapse, ttl, silent, sound = 'default', badge }: PushMessage): JsonObject {
  const aps = silent ? { 'content-available': 1 } : defined({ sound: sound || undefined, badge })
  return {
    headers: defined({
      'apns-priority': priority === 'high' && !silent ? '10' : '5',
      'apns-push-type': silent ? 'background' : 'alert',
      'apns-collapse-id': collapse,
      'apns-expiration': ttl === undefined ? undefined : String(expiration(ttl)),
    }),
    payload: { aps },
  }
}

/** Of tokens that a web app got from Firebase. FCM accepts only links over https. */
function web({ priority, ttl, collapse, icon, actions, silent, url }: PushMessage): JsonObject {
  return defined({
    headers: defined({ Urgency: priority, TTL: ttl === undefined ? undefined : String(ttl) }),
    notification: silent ? undefined : defined({ tag: collapse, icon, actions }),
    fcm_options: url?.startsWith('https://') ? { link: url } : undefined,
  })
}

/** Android's icon is a resource of the app, and never a URL. */
function resourceName(icon: string | undefined): string | undefined {
  return icon !== undefined && /^[a-z]\w*$/i.test(icon) ? icon : undefined
}

function defined(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
