import { noTracer, type Pusher, type Sender } from '@carillon/contract'
import type { AttemptResult, ClaimedPush, Recording } from '@carillon/store'
import { silentLogger } from '@carillon/testkit'
import { onTestFinished, vi } from 'vitest'
import { logObserver } from '../../telemetry/index.ts'
import { Concurrency } from '../claim/concurrency.ts'
import type { DeliverDeps } from '../claim/deliver.ts'
import { Leases } from '../claim/leases.ts'
import { recorder } from '../record/recorder.ts'
import { Deadlines } from '../send/deadline.ts'
import { dataReader } from '../send/read-data.ts'

export const ann: Pusher = {
  id: 'ann',
  email: '',
  nickname: '',
  phoneNumber: '',
  senders: ['chime'],
  tags: [],
  createdAt: 0,
  timezone: '',
  locale: '',
  attributes: {},
}

/** A push that was claimed with its pusher. */
export function claimedPush(id: string, more: Partial<ClaimedPush> = {}): ClaimedPush {
  return {
    id,
    app: 1,
    sender: 'chime',
    name: `n${id}`,
    pusher: 'ann',
    data: '{}',
    force: false,
    urgent: false,
    attempt: 1,
    failures: 0,
    broadcastId: null,
    expired: false,
    cancelled: false,
    traceparent: null,
    recipient: ann,
    ...more,
  }
}

/** What delivers the pushes of one sender, on a store in which all may be claimed and recorded. */
export function delivering({ size = 10, ...chime }: Partial<Sender> & { size?: number } = {}) {
  const stop = new AbortController()
  const drain = new AbortController()
  const leases = new Leases({ seconds: 15, renew: async (held) => held.map(({ id }) => id), log: silentLogger })
  onTestFinished(() => leases.close())
  const sent: string[] = []
  const recorded = new Map<string, AttemptResult>()
  const woken: string[] = []
  const pushes = {
    async record(recordings: Recording[]) {
      for (const { id, result } of recordings) recorded.set(id, result)
      return { held: new Set(recordings.map(({ id }) => id)), wakeUps: [], broadcasts: [] }
    },
    wakeUpsOf: async (ids: string[]) => ids.map((id) => ({ id, sender: 'chime', priority: 'normal', delay: 0 })),
    renew: vi.fn<DeliverDeps['pushes']['renew']>(async (held) => held.map(({ id }) => id)),
  } as Partial<Record<keyof DeliverDeps['pushes'], unknown>> as DeliverDeps['pushes']
  const notifier = {
    pushes: (wakeUps: { id: string }[]) => void woken.push(...wakeUps.map(({ id }) => id)),
  } as Partial<Record<keyof DeliverDeps['notifier'], unknown>> as DeliverDeps['notifier']
  const common = { log: silentLogger, observer: logObserver(silentLogger), stop: stop.signal, notifier, pushes }
  const sender: Sender = { name: 'chime', send: async ({ id }) => void sent.push(id), ...chime }
  const deps: DeliverDeps = {
    ...common,
    claim: async (ids) => ids.map((id) => claimedPush(id)),
    sender,
    readData: dataReader(sender, async () => undefined),
    concurrency: new Concurrency({ size }),
    recorder: recorder({ ...common, ttl: 60, broadcasts: {} as never }),
    broadcaster: {} as never,
    pushers: { getMany: async () => [] } as never,
    preferences: {} as never,
    apps: { byId: async () => null },
    suppressions: {} as never,
    addresses: {} as never,
    leases,
    leaseSeconds: 15,
    drain: drain.signal,
    deadlines: new Deadlines(stop.signal),
    tracer: noTracer,
    retryTimes: 3,
    onAmbiguous: 'retry',
  }
  return { deps, drain, sent, recorded, woken, leases }
}
