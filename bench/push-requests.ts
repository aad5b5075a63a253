import { randomUUID } from 'node:crypto'
import { signRequest } from '@carillon/client'

export const credentials = { key: 'bench', secret: 'bench-secret' }
export const PUSHERS = 100

const PATH = '/pusher/bench/push'
const TYPE = 'application/x-www-form-urlencoded'

/** Signed form pushes to the sender `bench`, each with data of its own, as `curl -d` would send them. */
export function pushRequests(count: number): Buffer[] {
  const batch = randomUUID()
  return Array.from({ length: count }, (_, n) => pushRequest(`p${(n % PUSHERS) + 1}`, `{"n":"${batch} ${n}"}`))
}

function pushRequest(pusher: string, data: string): Buffer {
  const body = new URLSearchParams({ pusher, data }).toString()
  const signed = { ...credentials, version: 'v1' as const, method: 'POST', pathAndQuery: PATH, body, contentType: TYPE }
  const headers = { Host: 'localhost', 'Content-Type': TYPE, 'Content-Length': body.length, ...signRequest(signed) }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${PATH} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}
