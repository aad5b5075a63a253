import type { Letter } from './transport.ts'

/** Letters that differ in nothing but the recipient, at most `most` together. */
export function groupEqual(letters: Letter[], most: number): Letter[][] {
  const alike = Map.groupBy(letters, contentOf).values()
  return [...alike].flatMap((group) => chunks(group, most))
}

function contentOf({ from, replyTo, subject, text, html }: Letter): string {
  return JSON.stringify([from, replyTo, subject, text, html])
}

function chunks(letters: Letter[], size: number): Letter[][] {
  return Array.from({ length: Math.ceil(letters.length / size) }, (_, at) => letters.slice(at * size, (at + 1) * size))
}
