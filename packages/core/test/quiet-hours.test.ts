import type { AppSettings, Pusher, Sender } from '@carillon/contract'
import { smearDelay } from '@carillon/quiet-hours'
import { type ClaimedPush, progressText } from '@carillon/store'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sendClaimed } from '../claim/deliver.ts'
import { quietHoursChecks, type QuietHoursQuery } from '../explain/quiet-hours-check.ts'
import { findDeferred } from '../send/quiet-hours.ts'
import { ann, claimedPush, delivering } from './delivering.ts'

const NIGHT = { from: '22:00', to: '07:00' }
const APP: AppSettings = { quietHours: NIGHT, timezone: 'Asia/Shanghai' }

/** 23:30 in Shanghai, and 15:30 in UTC. */
const LATE = Date.UTC(2026, 10, 30, 15, 30)
/** 07:00 in Shanghai. */
const MORNING = Date.UTC(2026, 10, 30, 23)

/** Only the date: the sweepers and time-outs of what is tested go on. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: LATE }))
afterEach(() => void vi.useRealTimers())

/** The apps of a directory that counts what it is asked. */
function appsWith(settings: AppSettings) {
  const asked: number[] = []
  const byId = async (id: number) => {
    asked.push(id)
    return { settings } as never
  }
  return { asked, apps: { byId } }
}

interface Given {
  pusher?: Partial<Pusher>
  settings?: AppSettings
  sender?: Partial<Sender>
  urgent?: boolean
  id?: string
}

/** What becomes of one message, without a spread unless the settings have one. */
async function deferralOf({ pusher = {}, settings = APP, sender = {}, urgent = false, id = '1' }: Given) {
  const { apps } = appsWith({ smear: 0, ...settings })
  const [result] = await findDeferred({ sender, apps }, [{ id, app: 1, pusher: { ...ann, ...pusher }, urgent }])
  if (result === undefined) return undefined
  expect(result.is).toBe('deferred')
  return result as Extract<typeof result, { is: 'deferred' }>
}

describe('a message in quiet hours', () => {
  it('is deferred to their end, and says until when', async () => {
    const result = await deferralOf({})
    expect(result).toEqual({
      is: 'deferred',
      delay: 7.5 * 3600,
      reason: 'deferred until 07:00 in Asia/Shanghai (2026-11-30T23:00:00Z): quiet hours 22:00 to 07:00',
    })
  })

  it('is sent if it is urgent, or if its sender disturbs nobody', async () => {
    expect(await deferralOf({ urgent: true })).toBeUndefined()
    expect(await deferralOf({ sender: { ignoresQuietHours: true } })).toBeUndefined()
  })

  it.each<[string, Given, number | undefined]>([
    ['the pusher’s own hours before those of the app', { pusher: { quietHours: { from: '23:00', to: '06:00' } } }, 6.5],
    ['none, if the pusher has switched them off', { pusher: { quietHours: 'off' } }, undefined],
    ['the pusher’s time zone before that of the app', { pusher: { timezone: 'Europe/Berlin' } }, undefined],
    ['the app’s hours in UTC where nobody has a time zone', { settings: { quietHours: NIGHT } }, undefined],
    ['the app’s time zone where the pusher’s is unknown', { pusher: { timezone: 'Mars/Base' } }, 7.5],
    ['no hours where neither has some', { settings: {} }, undefined],
  ])('obeys %s', async (_, given, hours) => {
    expect((await deferralOf(given))?.delay).toBe(hours && hours * 3600)
  })

  it('is spread by its id over the time that the app sets, ten minutes by default', async () => {
    const due = async (id: string, settings: AppSettings) =>
      LATE + (await deferralOf({ id, settings }))!.delay * 1000 - MORNING
    expect(await due('7', { ...APP, smear: 60 })).toBe(smearDelay('7', 60))
    const { apps } = appsWith(APP)
    const [byDefault] = await findDeferred({ sender: {}, apps }, [{ id: '7', app: 1, pusher: ann, urgent: false }])
    expect(byDefault).toMatchObject({ delay: (MORNING - LATE + smearDelay('7', 600)) / 1000 })
    const ids = Array.from({ length: 300 }, (_, index) => String(index))
    const all = await Promise.all(ids.map((id) => due(id, { ...APP, smear: 60 })))
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...all)).toBeLessThan(60_000)
    expect(new Set(all).size).toBeGreaterThan(250)
  })
})

it('apps are looked up once for all messages, and not at all if none can be deferred', async () => {
  const { asked, apps } = appsWith(APP)
  const message = { id: '1', app: 1, pusher: ann, urgent: false }
  const results = await findDeferred({ sender: {}, apps }, [message, { ...message, id: '2' }, { ...message, app: 2 }])
  expect(results.map((result) => result?.is)).toEqual(['deferred', 'deferred', 'deferred'])
  expect(asked).toEqual([1, 2])
  const urgent = { ...message, urgent: true }
  const removed = { ...message, pusher: undefined }
  expect(await findDeferred({ sender: {}, apps }, [urgent, removed])).toEqual([undefined, undefined])
  await findDeferred({ sender: { ignoresQuietHours: true }, apps }, [message])
  expect(asked).toEqual([1, 2])
})

describe('a claimed push', () => {
  const REQUIRED = { decide: async (asked: readonly unknown[]) => asked.map(() => ({ value: 'on', rule: 'required' })) }

  async function send(push: ClaimedPush, more: object = {}) {
    const { deps, sent, recorded } = delivering()
    deps.leases.hold(push, performance.now())
    using permit = await deps.concurrency.acquire(1)
    await sendClaimed({ ...deps, apps: appsWith(APP).apps, ...more }, [push], permit)
    return { sent, recorded: recorded.get(push.id) }
  }

  it('is recorded as deferred, and not sent', async () => {
    const { sent, recorded } = await send(claimedPush('1'))
    expect(sent).toEqual([])
    expect(recorded).toMatchObject({ is: 'deferred', reason: expect.stringContaining('quiet hours 22:00 to 07:00') })
    expect(recorded).not.toHaveProperty('failed')
  })

  it('is sent if it is urgent or of a required category', async () => {
    expect((await send(claimedPush('1', { urgent: true }))).sent).toEqual(['1'])
    const required = claimedPush('1', { category: 'codes' })
    expect((await send(required, { preferences: REQUIRED })).sent).toEqual(['1'])
  })

  it('is deferred if a sender was to go on with it, whatever it has sent', async () => {
    const progress = progressText({ value: '1', ifLast: { is: 'sent' } })
    expect((await send(claimedPush('1', { progress, attempt: 2 }))).recorded).toMatchObject({ is: 'deferred' })
  })

  it('ends at once for another reason: it is over, its pusher was removed, or its broadcast was cancelled', async () => {
    expect((await send(claimedPush('1', { expired: true }))).recorded).toMatchObject({ is: 'dead' })
    expect((await send(claimedPush('1', { recipient: null }))).recorded).toMatchObject({ is: 'dead' })
    expect((await send(claimedPush('1', { cancelled: true }))).recorded).toEqual({ is: 'returned' })
  })
})

describe('explain', () => {
  const query: QuietHoursQuery = {
    pusher: ann,
    sender: 'chime',
    facts: {},
    category: undefined,
    categories: [],
    settings: APP,
  }
  const codes = { name: 'codes', title: '', description: '', required: true, default: {} }

  it('says until when a push is deferred now, and whose hours these are', () => {
    const [check] = quietHoursChecks(query)
    expect(check).toMatchObject({ check: 'quietHours', state: 'waits', action: expect.stringContaining('urgent') })
    expect(check?.sentence).toContain('until 07:00 in Asia/Shanghai (2026-11-30T23:00:00Z) or up to 600 s later')
    expect(check?.sentence).toContain('quiet hours 22:00 to 07:00 in Asia/Shanghai, set for the app')
    const own = { ...ann, quietHours: { from: '23:00', to: '06:00', days: ['mon' as const, 'sun' as const] } }
    expect(quietHoursChecks({ ...query, pusher: own })[0]?.sentence).toContain(
      'quiet hours 23:00 to 06:00 from mon and sun in Asia/Shanghai, set for the pusher',
    )
  })

  it.each<[string, Partial<QuietHoursQuery>]>([
    ['a sender that disturbs nobody', { facts: { ignoresQuietHours: true } }],
    ['a required category', { category: 'codes', categories: [codes] }],
    ['another time of the day', { settings: { ...APP, timezone: 'UTC' } }],
  ])('says that a push is sent: %s', (_, given) => {
    expect(quietHoursChecks({ ...query, ...given })).toMatchObject([{ check: 'quietHours', state: 'ok' }])
  })

  it('says nothing where there are no quiet hours', () => {
    expect(quietHoursChecks({ ...query, settings: {} })).toEqual([])
  })
})
