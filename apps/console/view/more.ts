import { html } from 'hono/html'
import type { ConsoleContext } from '../deps.ts'
import type { Html } from './document.ts'
import { type LinkQuery, linkTo } from './link.ts'

/** Rows of a page of a list. */
export const PAGE = 50

/** The link to older rows, if a page is full. The browser leads back. */
export function olderLink(
  c: ConsoleContext,
  path: string,
  rows: readonly { id: string }[],
  query: LinkQuery = {},
): Html | '' {
  const last = rows.at(-1)
  if (!last || rows.length < PAGE) return ''
  return html`<p class="older"><a href="${linkTo(c, path, { ...query, after: last.id })}">Older</a></p>`
}

/** The id in a link to older rows; anything else is none. */
export function afterOf(c: ConsoleContext): string | undefined {
  const after = c.req.query('after') ?? ''
  return /^[1-9]\d{0,17}$/.test(after) ? after : undefined
}
