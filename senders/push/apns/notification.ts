import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http2'
import type { Address } from '@carillon/contract'
import { expiration, type PushMessage } from '../compose.ts'
import { type JsonObject, mergeOver } from '../merge.ts'

/**
 * The payload of a notification:
 * https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
 */
export function apnsPayload(push: PushMessage): string {
  const { title, body, url, image, badge, sound = 'default', silent, data, apns } = push
  const shown: JsonObject = {
    alert: { ...(title && { title }), ...(body && { body }) },
    ...(badge !== undefined && { badge }),
    ...(sound && { sound }),
    ...(image && { 'mutable-content': 1 }), // lets the app's extension load the image
  }
  const aps = silent ? { 'content-available': 1 } : shown
  return JSON.stringify(mergeOver({ aps, ...(url && { url }), ...(image && { image }), ...data }, apns))
}

/** https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns */
export function apnsHeaders(push: PushMessage, { id }: Address, topic: string): OutgoingHttpHeaders {
  const { silent, priority, collapse, ttl } = push
  return {
    'apns-topic': topic,
    'apns-push-type': silent ? 'background' : 'alert',
    'apns-priority': silent || priority === 'normal' ? '5' : '10',
    'apns-collapse-id': collapse,
    'apns-id': notificationId(push, id),
    ...(ttl !== undefined && { 'apns-expiration': String(expiration(ttl)) }),
  }
}

/** The same UUID (RFC 9562, version 8) for all attempts of a push at an address. */
function notificationId({ app, id }: PushMessage, address: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([app, id, address]))
    .digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
