import { signV1, signV2 } from '@carillon/contract'
import { afterEach, beforeEach, vi } from 'vitest'
import { type Fakes, fakeParts, SECRET } from './fakes.ts'

export const NOW = 1_456_403_493
export const PUSH = '/pusher/sendmail/push'
export const BODY = 'pusher=lupino&data=x'

export const closed = (given: Partial<Fakes> = {}) => fakeParts({ open: false, ...given })

export function v1Headers(signed: Record<string, string>, { time = String(NOW), key = 'demo', secret = SECRET } = {}) {
  const signature = signV1(secret, { ...signed, app_key: key, timestamp: time })
  return { 'x-app-key': key, 'x-request-time': time, 'x-request-signature': signature }
}

export const pushHeaders = (options = {}) => v1Headers({ pusher: 'lupino', data: 'x', path: PUSH }, options)

interface V2Options {
  method?: string
  pathAndQuery?: string
  body?: string | Uint8Array
  nonce?: string
  secret?: string
  time?: string
}

export function v2Headers({
  method = 'POST',
  pathAndQuery = PUSH,
  body = BODY,
  nonce = 'n-1',
  secret = SECRET,
  time = String(NOW),
}: V2Options = {}) {
  const signature = signV2(secret, { method, pathAndQuery, timestamp: time, nonce, body })
  return {
    'x-app-key': 'demo',
    'x-request-time': time,
    'x-signature-version': '2',
    'x-request-nonce': nonce,
    'x-request-signature': signature,
  }
}

/** The time of the vectors. */
export function atTheTimeOfTheVectors(): void {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'], now: NOW * 1000 }))
  afterEach(() => vi.useRealTimers())
}
