import type { Push } from '@carillon/contract'

/** Where Twilio tells what becomes of the sms of a push: its signature covers the query. */
export function statusCallback(publicUrl: string, { app, id }: Pick<Push, 'app' | 'id'>): string {
  return `${publicUrl.replace(/\/+$/, '')}/providers/twilio?push_app=${app}&push_id=${encode(id)}`
}

/** All but the characters that nobody writes in two ways: Twilio signs what it makes of the URL. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
