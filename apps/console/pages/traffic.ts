import type { CountedOutcome, PushRecord, SpanCount } from '@carillon/contract'
import { html, raw } from 'hono/html'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import { chart, type Layer, sparkline } from '../view/chart.ts'
import type { Html } from '../view/document.ts'
import { linkTo } from '../view/link.ts'
import { number } from '../view/number.ts'
import { atClock, duration } from '../view/time.ts'

/** What a chart goes back, in steps and with times on its axis: seconds. */
const ranges = {
  hour: { label: 'Last hour', length: 3600, step: 60, tick: 900 },
  day: { label: 'Last day', length: 86_400, step: 600, tick: 21_600 },
} as const

type Range = keyof typeof ranges

/** Seconds after which the counts of a minute are complete: processes write them every five seconds. */
const SETTLED_S = 10
/** Seconds that counts may be behind the newest push before a page says so. */
const MOST_LAG_S = 60

/** What was counted in the steps of a range. */
export interface Traffic {
  range: Range
  /** Unix seconds: the begin of the first step. */
  from: number
  /** The end of the last step that is over: a step that is still counted would look like a drop. */
  to: number
  counts: readonly SpanCount[]
}

export async function readTraffic({ counts }: ConsoleDeps, app: number, range: Range): Promise<Traffic> {
  const { length, step } = ranges[range]
  const to = Math.floor((Date.now() / 1000 - SETTLED_S) / step) * step
  const from = to - length
  return { range, from, to, counts: await counts.perMinute(app, from, to, step) }
}

/** The range that a link names. */
export function rangeIn(c: ConsoleContext): Range {
  return c.req.query('span') === 'day' ? 'day' : 'hour'
}

/**
 * Accepted, sent, skipped and deferred on one scale, failed and dead on another: few failures among many pushes are seen too.
 * What was skipped stands on what was sent, because both ended as they should. What was deferred is sent or skipped later.
 */
export function trafficCharts(c: ConsoleContext, traffic: Traffic, newest: readonly PushRecord[]): Html {
  const { range, from, to, counts } = traffic
  const axis = { from, to, tick: ranges[range].tick }
  const total = (outcome: CountedOutcome) => sumOf(counts, [outcome])
  const layer = (name: Layer['name'], ...outcomes: CountedOutcome[]) => ({ name, heights: heights(traffic, outcomes) })
  const [skipped, deferred] = [total('skipped'), total('deferred')]
  const attempts = {
    layers: [
      ...(skipped > 0 ? [layer('skipped', 'sent', 'skipped')] : []),
      layer('sent', 'sent'),
      ...(deferred > 0 ? [layer('deferred', 'deferred')] : []),
      layer('accepted', 'accepted'),
    ],
    totals: {
      accepted: total('accepted'),
      sent: total('sent'),
      ...(skipped > 0 && { skipped }),
      ...(deferred > 0 && { deferred }),
    },
  }
  const failures = {
    layers: [layer('failed', 'failed', 'dead'), layer('dead', 'dead')],
    totals: { failed: total('failed'), dead: total('dead') },
  }
  return html`<section aria-labelledby="traffic">
    <div class="heading">
      <h2 id="traffic">Per minute</h2>
      <p class="views">${rangeLink(c, 'hour', range)} ${rangeLink(c, 'day', range)}</p>
    </div>
    ${
      counts.length > 0
        ? html`<div class="charts">${chart({ ...attempts, ...axis })} ${chart({ ...failures, ...axis })}</div>`
        : html`<p class="quiet">
            Nothing was accepted or sent between ${atClock(from)} and ${atClock(to)}. What came later is not counted
            yet.
          </p>`
    }
    ${lagOf(traffic, newest)}
  </section>`
}

function rangeLink(c: ConsoleContext, range: Range, shown: Range): Html {
  const query = range === 'hour' ? {} : { span: range }
  return html`<a href="${linkTo(c, '/console', query)}" ${range === shown ? raw('aria-current="true"') : ''}
    >${ranges[range].label}</a
  >`
}

/** The newest push shows whether what was accepted since is counted. Recipients of broadcasts are not counted as accepted. */
function lagOf({ range, from, to, counts }: Traffic, newest: readonly PushRecord[]): Html | '' {
  const last = newest.find(({ broadcast, acceptedAt }) => broadcast === null && acceptedAt < to)
  const counted = counts.findLast(({ outcome }) => outcome === 'accepted')
  const until = counted ? counted.time + ranges[range].step : from
  if (!last || last.acceptedAt - until < MOST_LAG_S) return ''
  return html`<p class="problem small">
    Counting lags: the newest counts are ${duration(Date.now() / 1000 - until)} old, and newer pushes are missing here.
  </p>`
}

/** What a sender did in the hour, small enough for a cell. */
export function senderTraffic({ counts, ...traffic }: Traffic, sender: string): Html | '' {
  const own = { ...traffic, counts: counts.filter((count) => count.sender === sender) }
  const count = (...outcomes: CountedOutcome[]) => sumOf(own.counts, outcomes)
  const [sent, skipped, failed] = [count('sent'), count('skipped'), count('failed', 'dead')]
  if (sent + skipped + failed === 0) return ''
  const layers: Layer[] = [
    { name: 'skipped', heights: heights(own, ['sent', 'skipped']) },
    { name: 'sent', heights: heights(own, ['sent']) },
    { name: 'dead', heights: heights(own, ['failed', 'dead']) },
  ]
  return html`<div>
    ${sparkline(layers)}<br />${`${number(sent)} sent`}
    ${skipped > 0 ? html`<br />${`${number(skipped)} skipped`}` : ''}
    ${failed > 0 ? html`<br /><span class="problem">${number(failed)} failed</span>` : ''}
  </div>`
}

/** A minute's counts in each step. */
function heights({ range, from, to, counts }: Traffic, outcomes: readonly CountedOutcome[]): number[] {
  const { step } = ranges[range]
  const sums = Array.from({ length: (to - from) / step }, () => 0)
  for (const { time, outcome, count } of counts)
    if (outcomes.includes(outcome)) sums[(time - from) / step]! += (count * 60) / step
  return sums
}

function sumOf(counts: readonly SpanCount[], outcomes: readonly CountedOutcome[]): number {
  return counts.reduce((sum, { outcome, count }) => (outcomes.includes(outcome) ? sum + count : sum), 0)
}
