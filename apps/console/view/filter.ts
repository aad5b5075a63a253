import { html, raw } from 'hono/html'
import type { Html } from './document.ts'

/** Longer than any of what is filtered by. */
const LONGEST = 10_000

/** A text in the link that a list is filtered by; undefined for none. Postgres stores no NUL, so nothing would be found. */
export function textIn(value = ''): string | undefined {
  return value === '' || value.length > LONGEST || value.includes('\0') ? undefined : value
}

/** Whether a text is a moment as browsers send it, such as `2026-11-29T22:35`. */
export function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/.test(text) && !Number.isNaN(Date.parse(`${text}Z`))
}

/** Unix seconds of a moment in UTC. */
export function secondsOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(`${time}Z`) / 1000
}

/** A form with many fields, which is folded on a phone until it is asked for or set. It stays open while the page is followed. */
export function foldedFilter(isSet: boolean, form: Html): Html {
  return html`<div id="filter" data-keep>
    <details class="folded" ${isSet ? raw('open') : ''}>
      <summary>Filter…</summary>
      ${form}
    </details>
  </div>`
}

/** A field for a moment in UTC. */
export function timeField(name: string, label: string, value = ''): Html {
  return html`<div>
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" type="datetime-local" value="${value}" />
  </div>`
}
