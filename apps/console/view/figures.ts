import { html } from 'hono/html'
import type { Html } from './document.ts'
import { number } from './number.ts'

/** A number that a page shows large. */
export interface Figure {
  name: string
  value: number
  /** Behind the number, such as a `+` where it is a lower bound. */
  suffix?: string
  /** Where what was counted is listed. */
  link?: string | false
}

/** A few numbers, in a row. */
export function figures(shown: readonly Figure[]): Html {
  return html`<dl class="figures">
    ${shown.map(
      ({ name, value, suffix = '', link }) =>
        html`<div class="${value === 0 ? 'none' : ''}">
          <dt>${name}</dt>
          <dd>${link ? html`<a href="${link}">${number(value)}${suffix}</a>` : `${number(value)}${suffix}`}</dd>
        </div>`,
    )}
  </dl>`
}
