import { html } from 'hono/html'
import type { Html } from './document.ts'

/** Names with their values. What is empty is left out. */
export function facts(pairs: readonly (readonly [name: string, value: Html | string | number | false | null])[]): Html {
  const known = pairs.filter(([, value]) => value !== false && value !== null && value !== '')
  return html`<dl class="facts">
    ${known.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`
}
