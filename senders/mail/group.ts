import type { Address } from './address.ts'
import type { Letter } from './transport.ts'

/** Letters that differ in nothing but the recipient, at most `most` together. */
export function groupEqual(letters: Letter[], most: number): Letter[][] {
  const groups = new Map<string, Letter[]>()
  let group: Letter[] | undefined
  for (const letter of letters) {
    // Those of one broadcast mostly follow each other: to compare two costs less than to look one up
    if (!group || !haveEqualContent(group[0]!, letter)) group = groupOf(groups, letter)
    group.push(letter)
  }
  return [...groups.values()].flatMap((equal) => chunks(equal, most))
}

function haveEqualContent(one: Letter, other: Letter): boolean {
  return (
    one.subject === other.subject &&
    one.text === other.text &&
    one.html === other.html &&
    areEqual(one.from, other.from) &&
    areEqual(one.replyTo, other.replyTo)
  )
}

function areEqual(one: Address | undefined, other: Address | undefined): boolean {
  return one?.name === other?.name && one?.address === other?.address
}

function groupOf(groups: Map<string, Letter[]>, letter: Letter): Letter[] {
  const content = contentOf(letter)
  const known = groups.get(content)
  if (known) return known
  const group: Letter[] = []
  groups.set(content, group)
  return group
}

/** Header fields hold no line break. */
function contentOf({ from, replyTo, subject, text, html }: Letter): string {
  return [...fields(from), ...fields(replyTo), subject, text.length, text, html].join('\n')
}

function fields(mailbox: Address | undefined): string[] {
  return [mailbox?.name ?? '', mailbox?.address ?? '']
}

function chunks(letters: Letter[], size: number): Letter[][] {
  return Array.from({ length: Math.ceil(letters.length / size) }, (_, at) => letters.slice(at * size, (at + 1) * size))
}
