import type { ConsoleContext } from '../deps.ts'

/** Parameters of a link; one without a value is left out. */
export type LinkQuery = Readonly<Record<string, string | undefined>>

/** A link within the console that stays with the app of the page. */
export function linkTo(c: ConsoleContext, path: string, query: LinkQuery = {}): string {
  const app = c.get('app')
  const given = Object.entries({ ...query, app: app === c.get('apps')[0] ? undefined : String(app.id) })
  const parameters = given.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '')
  return parameters.length > 0 ? `${path}?${new URLSearchParams(parameters).toString()}` : path
}

/** The path of one thing below a page, such as `/console/pushes/7`. */
export function below(page: string, ...names: string[]): string {
  return [page, ...names.map(encodeURIComponent)].join('/')
}

/** Where a page is followed. */
export const LIVE = '/console/live-page'

/**
 * The link at which a page that is shown is followed.
 * @param query what the page has chosen by itself, so that it stays when other things change
 */
export function liveLink(c: ConsoleContext, query: Readonly<Record<string, string>> = {}): string {
  const url = new URL(c.req.url)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return `${LIVE}?${new URLSearchParams({ path: url.pathname + url.search }).toString()}`
}

/** A page of the console. Anything else would be a way to send people elsewhere with a link to the login. */
export function placeIn(place = '/console'): string {
  return /^\/console(?:[/?][!-~]*)?$/.test(place) ? place : '/console'
}
