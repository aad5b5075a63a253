import { createHmac, timingSafeEqual } from 'node:crypto'
import type { App } from '@carillon/contract'

/** Hex HMAC-SHA256, as every signature of the protocol. */
export function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

/** With any of the app's secrets, so that one can be replaced while it is in use. */
export function isSigned(app: App, text: string, signature: string): boolean {
  const given = Buffer.from(signature)
  return app.secrets.some(({ secret }) => {
    const right = Buffer.from(sign(secret, text))
    return right.length === given.length && timingSafeEqual(right, given)
  })
}

/** Checks `key:signature`, as a client shows it for a channel or a user. */
export function isAuthorized(app: App, text: string, auth: string): boolean {
  const cut = auth.indexOf(':')
  return auth.slice(0, cut) === app.key && isSigned(app, text, auth.slice(cut + 1))
}

/** What an application signs to let a connection onto a channel; `channelData` is as the client sent it. */
export function channelText(socketId: string, channel: string, channelData?: string): string {
  return channelData === undefined ? `${socketId}:${channel}` : `${socketId}:${channel}:${channelData}`
}

/** What an application signs to say which user a connection is. */
export function userText(socketId: string, userData: string): string {
  return `${socketId}::user::${userData}`
}
