import { html } from 'hono/html'
import type { Html } from './document.ts'

type Cell = Html | string | number | null | undefined | false

type Kind = 'main' | 'state' | 'wide' | 'words' | 'number' | 'spare' | 'actions'

export interface Column<Row> {
  name: string
  cell(row: Row): Cell
  /**
   * `main`: what the row is about. `state`: beside it on a phone. `wide`: a sentence. `words`: text of any
   * length. `number`: to the right. `spare`: only where there is room for it. `actions`:
   * buttons, whose heading only screen readers have.
   */
  kind?: Kind
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
        ${columns.map(({ name, kind }) => html`<th role="columnheader" scope="col" class="${classOf(kind)}">${heading(name, kind)}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row) => tableRow(columns, row))}
    </tbody>
  </table>`
}

/** A row of that table by itself. */
export function tableRow<Row>(columns: readonly Column<Row>[], row: Row): Html {
  return html`<tr role="row">
    ${columns.map((column) => cellOf(column, row))}
  </tr>`
}

function heading(name: string, kind: Kind | undefined): Html | string {
  return kind === 'actions' ? html`<span class="unseen">${name}</span>` : name
}

function cellOf<Row>({ name, kind, cell }: Column<Row>, row: Row): Html {
  const content = cell(row)
  const isEmpty = content === null || content === undefined || content === false || content === ''
  const isZero = content === 0 || content === '0'
  const classes = [classOf(kind), isEmpty && 'empty', isZero && 'zero'].filter(Boolean).join(' ')
  return html`<td role="cell" class="${classes}" data-label="${name}">${isEmpty ? '' : content}</td>`
}

/** A state in a cell has a mark of its own. */
function classOf(kind: Kind | undefined): string {
  return kind === 'state' ? 'state-cell' : (kind ?? '')
}
