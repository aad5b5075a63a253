import { randomUUID } from 'node:crypto'
import { signRequest } from '@carillon/client'

export const credentials = { key: 'bench', secret: 'bench-secret' }
export const PUSHERS = 100

/** Signed form pushes to the sender `bench`, each with data of its own, as `curl -d` would send them. */
export function pushRequests(count: number): Buffer[] {
  const batch = randomUUID()
  return Array.from({ length: count }, (_, n) => pushRequest(`p${(n % PUSHERS) + 1}`, `{"n":"${batch} ${n}"}`))
}

/** The same pushes, so many in each request of `/v1/push`. */
export function manyPushRequests(count: number, each: number): Buffer[] {
  const batch = randomUUID()
  const item = (n: number) => ({ sender: 'bench', pusher: `p${(n % PUSHERS) + 1}`, data: `{"n":"${batch} ${n}"}` })
  return Array.from({ length: count / each }, (_, request) => {
    const pushes = Array.from({ length: each }, (__, n) => item(request * each + n))
    return signed('/v1/push', 'application/json', JSON.stringify({ pushes }))
  })
}

function pushRequest(pusher: string, data: string): Buffer {
  const body = new URLSearchParams({ pusher, data }).toString()
  return signed('/pusher/bench/push', 'application/x-www-form-urlencoded', body)
}

function signed(path: string, contentType: string, body: string): Buffer {
  const request = { ...credentials, version: 'v1' as const, method: 'POST', pathAndQuery: path, body, contentType }
  const type = { 'Content-Type': contentType, 'Content-Length': body.length }
  const headers = { Host: 'localhost', ...type, ...signRequest(request) }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}
