import Pusher from 'pusher'
import { credentials } from './push-requests.ts'

const PATH = '/apps/1/events'

const client = new Pusher({ appId: '1', host: 'localhost', ...credentials })

/** Events to a channel, 100 bytes each, signed by the official SDK. */
export function eventRequests(count: number, channel = 'c'): Buffer[] {
  const body = JSON.stringify({ name: 'e', channel, data: 'x'.repeat(100) })
  // Signatures hold the second and not what is sent when, so requests of one second are equal.
  const query = client.createSignedQueryString({ method: 'POST', path: PATH, body, params: {} })
  const head = `POST ${PATH}?${query} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`
  const request = Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)
  return Array.from({ length: count }, () => request)
}
