import { inBatches } from '@carillon/async'
import type { Address } from './address.ts'
import type { Letter } from './transport.ts'

/** Letters that differ in nothing but the recipient, at most `most` together; one that has copies goes alone. */
export function groupEqual(letters: Letter[], most: number): Letter[][] {
  const groups = new Map<string, Letter[]>()
  const alone: Letter[][] = []
  let group: Letter[] | undefined
  for (const letter of letters) {
    if (hasCopies(letter)) {
      alone.push([letter])
      continue
    }
    // Those of one broadcast mostly follow each other: to compare two costs less than to look one up
    if (!group || !haveEqualContent(group[0]!, letter)) group = groupOf(groups, letter)
    group.push(letter)
  }
  return [...alone, ...[...groups.values()].flatMap((equal) => inBatches(equal, most))]
}

/** Copies count as recipients of a call, and one that is refused would fail the whole of it. */
function hasCopies({ cc, bcc }: Letter): boolean {
  return cc.length > 0 || bcc.length > 0
}

function haveEqualContent(one: Letter, other: Letter): boolean {
  return (
    one.subject === other.subject &&
    one.text === other.text &&
    one.html === other.html &&
    areEqual(one.from, other.from) &&
    areEqual(one.replyTo, other.replyTo) &&
    extrasOf(one) === extrasOf(other)
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
function contentOf(letter: Letter): string {
  const { from, replyTo, subject, text, html } = letter
  return [extrasOf(letter), ...fields(from), ...fields(replyTo), subject, text.length, text, html].join('\n')
}

/** Empty for most letters. */
function extrasOf({ headers, attachments }: Letter): string {
  const names = Object.keys(headers)
  if (names.length === 0 && attachments.length === 0) return ''
  const files = attachments.map(({ filename, contentType, cid, digest }) => [filename, contentType, cid, digest])
  return JSON.stringify([headers, files])
}

function fields(mailbox: Address | undefined): string[] {
  return [mailbox?.name ?? '', mailbox?.address ?? '']
}
