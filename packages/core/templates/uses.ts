import type { TemplateUses, Templates } from '@carillon/template'
import { parseData } from '../data.ts'

/** What the data of a template asks for, at any depth, or the source of a partial. */
export function usesOf(templates: Pick<Templates, 'uses'>, data: string): TemplateUses {
  const found = textsIn(parseData(data)).map((text) => templates.uses(text))
  return {
    vars: unique(found.flatMap(({ vars }) => vars)),
    partials: unique(found.flatMap(({ partials }) => partials)),
  }
}

/** Visits a list that grows: a value that is nested deeply would overflow the stack. */
function textsIn(root: unknown): string[] {
  const waiting = [root]
  for (const value of waiting)
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) waiting.push(inner)
  return waiting.filter((value) => typeof value === 'string')
}

function unique(names: string[]): string[] {
  return [...new Set(names)]
}
