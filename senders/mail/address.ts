import { emailOf } from '@carillon/addresses'

/** A mailbox; `name` is empty when there is none. */
export interface EmailAddress {
  name: string
  address: string
}

/**
 * What may end a header, or be read as its end: C0 and C1 control characters, and Unicode's line and paragraph
 * separators.
 */
// oxlint-disable-next-line no-control-regex -- control characters are just what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

/** Plain addresses only: no quoted local parts, no comments, nothing that could become two recipients. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]{1,255}$/

/** Text that a header can hold: every run of control characters is one space. */
export function headerText(text: string): string {
  return text.replace(CONTROLS, ' ').trim()
}

export function hasControls(text: string): boolean {
  return text.search(CONTROLS) !== -1
}

function isAddress(text: string): boolean {
  return ADDRESS.test(text) && !hasControls(text)
}

/**
 * Reads `a@b.c` or `Name <a@b.c>`. The address is the last part, so that a name cannot contain its own. Null when there
 * is none.
 */
export function parseAddress(text: string): EmailAddress | null {
  const named = /^(.*)<([^<>]*)>[\s.,;\p{Cf}]*$/su.exec(text)
  const address = emailOf(named?.[2] ?? text)
  return isAddress(address) ? { name: unquoted(headerText(named?.[1] ?? '')), address } : null
}

/** Characters; what is longer is no line that a person wrote. */
const LONGEST_LINE = 20_000

/** The addresses of a line, at its commas outside of quotes, of <> and of templates. */
export function splitAddresses(line: string): string[] {
  if (line.length > LONGEST_LINE) return [line]
  const parts = line.match(/(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|\{\{.*?\}\}|\{%.*?%\}|[^,])+/gs) ?? []
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function unquoted(name: string): string {
  return /^"(.*)"$/.exec(name)?.[1]?.replaceAll('\\"', '"') ?? name
}
