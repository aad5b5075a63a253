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

/** A moment to the millisecond: `2026-11-29 22:35:43.120 UTC`. A script shows it in the reader's time zone. */
export function exactly(time: number): Html {
  return html`<time datetime="${iso(time)}" data-exact>${utc(time)}</time>`
}

function iso(time: number): string {
  return new Date(time * 1000).toISOString()
}

function utc(time: number): string {
  return `${iso(time)
    .replace('T', ' ')
    .replace(/\.?0*Z$/, '')} UTC`
}
