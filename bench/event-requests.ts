import Pusher from 'pusher'
import { credentials } from './push-requests.ts'

const PATH = '/apps/1/events'
const BODY = JSON.stringify({ name: 'e', channel: 'c', data: 'x'.repeat(100) })

const client = new Pusher({ appId: '1', host: 'localhost', ...credentials })

/** Events to the channel `c`, 100 bytes each, signed by the official SDK. */
export function eventRequests(count: number): Buffer[] {
  // Signatures hold the second and not what is sent when, so requests of one second are equal.
  const query = client.createSignedQueryString({ method: 'POST', path: PATH, body: BODY, params: {} })
  const head = `POST ${PATH}?${query} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`
  const request = Buffer.from(`${head}Content-Length: ${BODY.length}\r\n\r\n${BODY}`)
  return Array.from({ length: count }, () => request)
}
