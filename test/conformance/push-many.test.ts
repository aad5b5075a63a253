import tls from 'node:tls'
import type { Address } from '@carillon/contract'
import sendpush from '@carillon/sender-push'
import { createSender, pushFor, waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { certificate } from '../services/certificates.ts'
import { apnsSettings } from '../services/push-credentials.ts'
import { fakeApns, type PushService } from '../services/push-providers.ts'

const slow = { timeout: 120_000 }
/** No divisor of 1,000, so that some are under way at each GOAWAY. */
const AT_ONCE = 70
const FROZEN_MS = 10_000

const phone = (id: number): Address => ({
  id: String(id),
  kind: 'apns',
  token: `${id}`.padStart(64, 'a'),
  target: '',
  environment: 'production',
  platform: '',
  locale: '',
  timezone: '',
  label: '',
  createdAt: 1000,
  seenAt: 1000,
})

/** APNs over TLS, and a function that sends pushes through it as a worker does. */
async function stage() {
  const authority = await certificate({ host: 'IP:127.0.0.1' })
  const trusted = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...trusted, authority.cert])
  onTestFinished(() => tls.setDefaultCACertificates(trusted))
  const apns = await fakeApns({}, authority)
  const sender = await createSender(sendpush, apnsSettings(apns.url))
  onTestFinished(() => sender.close?.())
  const sendMany = async (count: number) => {
    const push = await pushFor(sender, { data: { title: 'Hello' } })
    const ids = Array.from({ length: count }, (_, index) => index).values()
    const next = async () => {
      for (const id of ids) {
        const outcome = await sender.send({ ...push, id: `push-${id}`, addresses: [phone(id)] })
        expect(outcome).toMatchObject({ done: true })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, next))
  }
  return { apns, sendMany }
}

function expectOnceEach({ calls, connections }: PushService, count: number): void {
  expect(calls).toHaveLength(count)
  expect(new Set(calls.map(({ path }) => path)).size).toBe(count)
  expect(connections.most).toBeLessThanOrEqual(4)
}

it('10,000 pushes reach an APNs that says GOAWAY after every 1,000, each once', slow, async () => {
  const { apns, sendMany } = await stage()
  apns.goAwayEvery = 1000
  await sendMany(10_000)
  expectOnceEach(apns, 10_000)
  expect(apns.connections.opened).toBeGreaterThanOrEqual(10)
})

it('1,000 pushes reach an APNs that freezes for ten seconds in the middle, each once', slow, async () => {
  const { apns, sendMany } = await stage()
  const sending = sendMany(1000)
  await waitFor(() => apns.calls.length > 200)
  apns.freeze()
  const thawing = setTimeout(() => apns.thaw(), FROZEN_MS)
  onTestFinished(() => clearTimeout(thawing))
  await sending
  expectOnceEach(apns, 1000)
})
