import { diffLines } from 'diff'
import { html, raw } from 'hono/html'
import type { Html } from './document.ts'
import { countOf } from './number.ts'

/** Lines that are shown on both sides of a change. */
const AROUND = 3
/** Changed lines up to which the shortest list of changes is looked for: its time grows with their square. */
const MOST_CHANGES = 2000

type Sign = '+' | '-' | ' '

interface Line {
  sign: Sign
  text: string
}

const names: Readonly<Record<Sign, string>> = { '+': 'added', '-': 'removed', ' ': 'same' }

/** The lines that differ in two texts, with some around them. */
export function lineDiff(before: string, after: string): Html {
  const lines = changedLines(before, after)
  return html`<pre class="diff" tabindex="0">
${groupsOf(lines).map((group) =>
  'skipped' in group
    ? html`<span class="skipped">${countOf(group.skipped, 'equal line', 'equal lines')}</span> `
    : lineOf(group),
)}</pre>`
}

function lineOf({ sign, text }: Line): Html {
  const tag = { '+': 'ins', '-': 'del', ' ': 'span' }[sign]
  return html`${raw(`<${tag} class="${names[sign]}">`)}${sign} ${text}${raw(`</${tag}>`)} `
}

/** Every line of both texts. Where too much differs, one text is removed and the other one added. */
export function changedLines(before: string, after: string): Line[] {
  const changes = diffLines(before, after, { maxEditLength: MOST_CHANGES, ignoreNewlineAtEof: true })
  const parts = changes ?? [
    { removed: true, added: false, value: before },
    { removed: false, added: true, value: after },
  ]
  return parts.flatMap(({ added, removed, value }) => {
    const sign = added ? '+' : removed ? '-' : ' '
    return linesOf(value).map((text) => ({ sign, text }) as const)
  })
}

function linesOf(text: string): string[] {
  if (text === '') return []
  return text.replace(/\n$/, '').split('\n')
}

/** Replaces lines that are far from every change by their number. */
function groupsOf(lines: readonly Line[]): (Line | { skipped: number })[] {
  const changed = lines.flatMap(({ sign }, index) => (sign === ' ' ? [] : [index]))
  const near = new Set(
    changed.flatMap((index) => Array.from({ length: 2 * AROUND + 1 }, (_, at) => index - AROUND + at)),
  )
  const groups: (Line | { skipped: number })[] = []
  for (const [index, line] of lines.entries()) {
    const last = groups.at(-1)
    if (near.has(index)) groups.push(line)
    else if (last && 'skipped' in last) last.skipped++
    else groups.push({ skipped: 1 })
  }
  return groups
}
