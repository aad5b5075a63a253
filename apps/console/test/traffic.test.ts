import type { PushRecord, SpanCount } from '@carillon/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDeps, Visit } from './fakes.ts'

/** 12:00:09 and 12:00:10 UTC of a day. */
const COUNTING = Date.UTC(2026, 10, 29, 12, 0, 9)
const COUNTED = COUNTING + 1000
const NOON = Date.UTC(2026, 10, 29, 12) / 1000

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: COUNTED }))
afterEach(() => void vi.useRealTimers())

function visit(counts: SpanCount[] = [], pushes: Partial<PushRecord>[] = []): Visit & { asked: unknown[][] } {
  const asked: unknown[][] = []
  const perMinute = async (...call: unknown[]) => {
    asked.push(call)
    return counts
  }
  const deps = openDeps({ counts: { perMinute } })
  const push = { id: '1', name: 'n', sender: 's', pusher: 'p', broadcast: null, state: 'sent', attempt: 1, failures: 0 }
  const times = { dueAt: 1, finishedAt: 2, reason: null, messageId: null, acceptedAt: 1 }
  deps.history.list = async () => pushes.map((given) => ({ ...push, ...times, ...given }) as PushRecord)
  return Object.assign(new Visit(deps), { asked })
}

function count(minutesAgo: number, outcome: SpanCount['outcome'], times: number, sender = 'sendmail'): SpanCount {
  return { sender, outcome, time: NOON - minutesAgo * 60, count: times }
}

/** What each drawing says to screen readers. */
function said(page: string): string[] {
  return [...page.matchAll(/role="img" aria-label="([^"]*)"/g)].map(([, text]) => text!)
}

describe('the charts of the overview', () => {
  it('show whole minutes only, once they are counted', async () => {
    const after = visit()
    await after.text('/console')
    expect(after.asked).toEqual([[1, NOON - 3600, NOON, 60]])
    vi.setSystemTime(COUNTING)
    const before = visit()
    await before.text('/console')
    expect(before.asked).toEqual([[1, NOON - 3660, NOON - 60, 60]])
  })

  it('show a day in steps of ten minutes, if the link says so', async () => {
    const one = visit([count(10, 'sent', 50)])
    const page = await one.text('/console?span=day')
    expect(one.asked).toEqual([[1, NOON - 86_400, NOON, 600]])
    expect(page).toMatch(/href="\/console\?span=day" aria-current="true"/)
    expect(said(page)[0]).toBe('0 accepted, 50 sent; at most 5 in a minute')
    expect(page).toMatch(new RegExp(`data-clock="${NOON - 6 * 3600}"\\s*>06:00<`))
    expect(page).toContain('data-live="/console/live-page?path=%2Fconsole%3Fspan%3Dday"')
  })

  it('sum what all senders did, in words and as steps', async () => {
    const counts = [
      count(60, 'accepted', 4),
      count(59, 'sent', 3),
      count(59, 'sent', 4, 'sendsms'),
      count(1, 'failed', 2),
      count(1, 'dead', 1),
    ]
    const page = await visit(counts).text('/console')
    expect(said(page)).toEqual(['4 accepted, 7 sent; at most 7 in a minute', '2 failed, 1 dead; at most 3 in a minute'])
    const [, sent] = /<path class="sent" d="([^"]+)"/.exec(page)!
    expect(sent).toMatch(/^M0 100V100H1V12.5H2V100H3V100/)
    const [, failed] = /<path class="failed" d="([^"]+)"/.exec(page)!
    expect(failed).toMatch(/V100H59V25H60V100Z$/)
    expect(page.match(/>8<\/span><span>4</)).not.toBeNull()
  })

  it('have what was skipped on what was sent, if anything was', async () => {
    const page = await visit([count(60, 'accepted', 8), count(59, 'sent', 5), count(59, 'skipped', 3)]).text('/console')
    expect(said(page)[0]).toBe('8 accepted, 5 sent, 3 skipped; at most 8 in a minute')
    expect(page).toMatch(
      /<path class="skipped" d="M0 100V100H1V0H2V100[^"]*" fill="url\(#stripes\)" \/>\s*<path class="sent"/,
    )
    expect(page.match(/<pattern id="stripes"/g)).toHaveLength(1)
    expect(await visit([count(59, 'sent', 5)]).text('/console')).not.toContain('skipped')
  })

  it('have what was deferred as a line, if anything was', async () => {
    const page = await visit([count(59, 'sent', 5), count(59, 'deferred', 3)]).text('/console')
    expect(said(page)[0]).toBe('0 accepted, 5 sent, 3 deferred; at most 5 in a minute')
    expect(page).toMatch(/<path class="deferred" d="M0 100V100H1V50H2V100[^Z"]*"/)
  })

  it('say that nothing happened', async () => {
    const page = await visit().text('/console')
    expect(page).toContain('Nothing was accepted or sent between')
    expect(page).toContain('>11:00 UTC</time>')
    expect(said(page)).toEqual([])
  })

  it('have neither styles nor scripts that the policy forbids', async () => {
    const page = await visit([count(1, 'sent', 1)]).text('/console')
    expect(page).not.toMatch(/ style=|<style| on\w+=/)
  })
})

describe('counts that lag behind the pushes', () => {
  const lag = 'Counting lags: the newest counts are 5 min old'

  it.each([
    ['are said so', { acceptedAt: NOON - 100 }, true],
    ['are not seen by a push that came a moment later', { acceptedAt: NOON - 290 }, false],
    ['are not seen by a recipient of a broadcast', { acceptedAt: NOON - 100, broadcast: 'b' }, false],
    ['are not seen by what is not counted yet', { acceptedAt: NOON + 5 }, false],
  ])('%s', async (_what, push, isSaid) => {
    const page = await visit([count(6, 'accepted', 1), count(1, 'sent', 1)], [push]).text('/console')
    expect(page.includes(lag)).toBe(isSaid)
  })
})

it('the senders show what each did in the last hour', async () => {
  const one = visit([
    count(2, 'sent', 1200),
    count(1, 'failed', 2),
    count(1, 'dead', 1),
    count(1, 'sent', 7, 'other'),
    count(1, 'skipped', 5),
  ])
  const page = await one.text('/console/senders')
  expect(page).toMatch(
    /<svg class="spark"[^]*1,200 sent\s*<br \/>5 skipped\s*<br \/><span class="problem">3 failed<\/span>/,
  )
  expect(page.match(/class="spark"/g)).toHaveLength(1)
})
