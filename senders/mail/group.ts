import type { Address } from './address.ts'
import type { Letter } from './transport.ts'

/** Letters that differ in nothing but the recipient, at most `most` together. */
export function groupEqual(letters: Letter[], most: number): Letter[][] {
  const alike = Map.groupBy(letters, contentOf).values()
  return [...alike].flatMap((group) => chunks(group, most))
}

/** Header fields hold no line break; JSON would cost as much as all the rest of a mail that many get. */
function contentOf({ from, replyTo, subject, text, html }: Letter): string {
  return [...fields(from), ...fields(replyTo), subject, text.length, text, html].join('\n')
}

function fields(mailbox: Address | undefined): string[] {
  return [mailbox?.name ?? '', mailbox?.address ?? '']
}

function chunks(letters: Letter[], size: number): Letter[][] {
  return Array.from({ length: Math.ceil(letters.length / size) }, (_, at) => letters.slice(at * size, (at + 1) * size))
}
