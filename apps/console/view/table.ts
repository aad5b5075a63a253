import { html } from 'hono/html'
import type { Html } from './document.ts'

type Cell = Html | string | number | null | undefined | false

export interface Column<Row> {
  name: string
  cell(row: Row): Cell
  /** `number`: to the right. `main`: what the row is about. `actions`: buttons, whose heading only readers hear. */
  kind?: 'number' | 'main' | 'actions'
}

/**
 * A table that becomes a list of cards on a phone. Its roles are written out, because browsers forget them when a table is
 * shown as something else.
 */
export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  return html`<table class="rows" role="table">
    <caption class="unseen">
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map(({ name, kind = '' }) => html`<th role="columnheader" scope="col" class="${kind}">${heading(name, kind)}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map(
        (row) =>
          html`<tr role="row">
            ${columns.map((column) => cellOf(column, row))}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function heading(name: string, kind: string): Html | string {
  return kind === 'actions' ? html`<span class="unseen">${name}</span>` : name
}

function cellOf<Row>({ name, kind, cell }: Column<Row>, row: Row): Html {
  const content = cell(row)
  const isEmpty = content === null || content === undefined || content === false || content === ''
  return html`<td role="cell" class="${kind ?? ''}${isEmpty ? ' empty' : ''}" data-label="${name}">
    ${isEmpty ? '' : content}
  </td>`
}
