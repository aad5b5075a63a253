import { type Push, signV1 } from '@carillon/contract'
import type { Hook } from './options.ts'

/**
 * The seed's hook request: the form `sender, pusher, data`, signed as v1 over the form and
 * `timestamp`. The push's id comes along for receivers that want to see each push once; it is
 * the same over all tries, and not signed.
 */
export function hookRequest(
  hook: Hook,
  push: Push,
  now: Date,
): { method: string; headers: Record<string, string>; body: URLSearchParams } {
  const form = { sender: hook.name, pusher: push.pusher.id, data: push.raw }
  const timestamp = String(Math.floor(now.getTime() / 1000))
  return {
    method: 'POST',
    headers: {
      'User-Agent': 'Carillon',
      'X-Request-Time': timestamp,
      'X-Request-Signature': signV1(hook.secret, { ...form, timestamp }),
      'Idempotency-Key': push.id,
    },
    body: new URLSearchParams(form),
  }
}
