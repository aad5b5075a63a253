import { html } from 'hono/html'
import type { Html } from './document.ts'

const UNITS: [name: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
]

/** A length of time in one unit: `4 min`. @param seconds not negative */
export function duration(seconds: number): string {
  const [name, size] = UNITS.find(([, each]) => seconds >= each) ?? ['s', 1]
  return `${Math.floor(seconds / size)} ${name}`
}

/** A moment, as one says it: `4 min ago`. The exact time is its title. @param time unix seconds */
export function ago(time: number, now = Date.now() / 1000): Html {
  const past = now - time
  const text = past < 1 && past > -1 ? 'now' : past > 0 ? `${duration(past)} ago` : `in ${duration(-past)}`
  return html`<time datetime="${iso(time)}" title="${utc(time)}">${text}</time>`
}

/** How long a moment was after another: `25.1 s`. The exact time is its title. */
export function after(time: number, start: number): Html {
  const past = time - start
  const text = past < 60 ? `${Number(past.toFixed(past < 1 ? 3 : 1))} s` : duration(past)
  return html`<time datetime="${iso(time)}" title="${utc(time)}">${text}</time>`
}

/** A moment to the millisecond: `2026-11-29 22:35:43.120 UTC`. A script shows it in the reader's time zone. */
export function exactly(time: number): Html {
  return html`<time datetime="${iso(time)}" data-exact>${utc(time)}</time>`
}

/** A sentence in which moments such as `2026-11-29T22:35:43Z` are shown as any other moment. */
export function withTimes(sentence: string): Html {
  const parts = sentence.split(/(\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/)
  return html`${parts.map((part, at) => (at % 2 === 1 ? momentIn(part) : part))}`
}

/** Strangers write into sentences too, so it may be none. */
function momentIn(text: string): Html | string {
  const time = Date.parse(text)
  return Number.isNaN(time) ? text : exactly(time / 1000)
}

/** The day of a moment, in UTC: `2026-11-29`. */
export function day(time: number): string {
  return iso(time).slice(0, 10)
}

/** The time of the day in UTC: `22:35`. A script shows it in the reader's time zone where `data-clock` has it too. */
export function clock(time: number): string {
  return iso(time).slice(11, 16)
}

/** A moment to the minute: `22:35 UTC`. A script shows it in the reader's time zone. */
export function atClock(time: number): Html {
  return html`<time datetime="${iso(time)}" title="${utc(time)}" data-clock="${time}">${clock(time)} UTC</time>`
}

/** A time of today to the millisecond: `22:35:43.120`. The exact moment is its title. */
export function precisely(time: number): Html {
  return html`<time datetime="${iso(time)}" title="${utc(time)}" data-precise>${iso(time).slice(11, 23)}</time>`
}

function iso(time: number): string {
  return new Date(time * 1000).toISOString()
}

function utc(time: number): string {
  return `${iso(time)
    .replace('T', ' ')
    .replace(/\.?0*Z$/, '')} UTC`
}
