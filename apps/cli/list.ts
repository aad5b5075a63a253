import type { Io } from './io.ts'

export interface ListLayout<Item> {
  /** Titles of the columns, shown on a terminal. */
  columns: readonly string[]
  fieldsOf(item: Item): readonly string[]
  /** Where no person reads; default: the fields with two spaces between them. */
  lineOf?(item: Item): string
  /** Said on standard error when there is nothing to list. */
  none: string
}

/**
 * A list: on a terminal as a table with a header, and otherwise one line per item without a header, for scripts.
 */
export function printList<Item>(
  io: Io,
  items: readonly Item[],
  { columns, fieldsOf, lineOf = (item) => fieldsOf(item).join('  '), none }: ListLayout<Item>,
): void {
  if (items.length === 0) return io.complain(`${none}\n`)
  const lines = io.terminal ? table([columns, ...items.map(fieldsOf)]) : items.map(lineOf)
  io.print(lines.map(line).join(''))
}

/** A time of the API, which is in Unix seconds, as lists show it. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

/** What others wrote may not move the cursor of a terminal. */
function line(text: string): string {
  return `${text.replaceAll(/\p{Cc}+/gu, ' ')}\n`
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((field, column) => field.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
