import { isStillDone, dones, type PageContent } from './page.ts'
import { readChoices } from './form.ts'

/** Characters of a link that every browser and proxy takes. */
const LONGEST = 2000

/**
 * The link to the page that says what was done, below the URL of the request. People can reload that page and go back to it.
 * Undefined: so many choices would have to be undone that no link can name them.
 */
export function resultLink({ done, undo = [] }: PageContent): string | undefined {
  const said = { ...(done && { done }), ...(undo.length > 0 && { undo: JSON.stringify(undo) }) }
  const link = `?${new URLSearchParams(said).toString()}`
  return link.length > LONGEST ? undefined : link
}

/** The page with what its link says was done, unless that no longer holds. @throws CarillonError `bad_request` */
export function withResult(content: PageContent, { done: given, undo }: Record<string, string>): PageContent {
  const done = dones.find((one) => one === given)
  if (done === undefined || !isStillDone({ ...content, done })) return content
  return { ...content, done, undo: undo === undefined ? [] : readChoices(undo) }
}
