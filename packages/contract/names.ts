import { createHmac } from 'node:crypto'

/** Name of a push: `{pusher}_{hex(HMAC-MD5(key = pusher, data))}`. The same message to the same pusher has the same name. */
export function pushName(pusher: string, data: string): string {
  return `${pusher}_${hmacMd5(pusher, data)}`
}

/** Name of a broadcast: `{sender}_{hex(HMAC-MD5(key = sender, JSON of data and tag))}`. */
export function broadcastName(sender: string, data: string, tag: string): string {
  return `${sender}_${hmacMd5(sender, JSON.stringify({ data, tag }))}`
}

function hmacMd5(key: string, message: string): string {
  return createHmac('md5', key).update(message).digest('hex')
}
