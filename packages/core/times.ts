import { LRUCache } from 'lru-cache'

/** Unix seconds as a time in UTC, to the second. */
export function moment(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}

/** Unix seconds as a day in UTC. */
export function day(seconds: number): string {
  return moment(seconds).slice(0, 10)
}

/** By time zone: to make one takes much longer than to use it. */
const formats = new LRUCache<string, Intl.DateTimeFormat>({ max: 500 })

/** What the clocks of a time zone show at a moment in Unix seconds, such as `07:04`. */
export function clockTime(seconds: number, timeZone: string): string {
  const format = formats.get(timeZone) ?? formatIn(timeZone)
  formats.set(timeZone, format)
  return format.format(seconds * 1000)
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone })
}
