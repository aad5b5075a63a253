import { sql } from 'drizzle-orm'
import { localeChain, PARTIAL } from '@carillon/contract'
import type { Queryable } from '../database.ts'

/** The text of a template for one locale. */
export interface EditionText {
  data: string
  strict: boolean
  /** The sources of all partials that it may render, by name: in its own locale, or the nearest one. */
  partials: ReadonlyMap<string, string>
}

/** What pushes that were accepted at one moment with one template have in common. */
export interface TemplateEdition {
  /** Id of the newest version in it. Every later version of the app is of another template. */
  at: string
  app: { id: number; name: string }
  /** The category of pushes that name none: that of the text without a locale, else that of the newest text with one. */
  category: string | null
  /** By locale, in lower case. */
  texts: ReadonlyMap<string, EditionText>
}

export interface EditionQuery {
  app: number
  sender: string
  name: string
  /** Id of a version: what came later is left out. */
  at: string
}

/** Null if there is no template, or only one that was removed. */
export async function templateEdition(db: Queryable, query: EditionQuery): Promise<TemplateEdition | null> {
  const rows = await versionsOf(db, query, [query.name])
  const present = rows.filter(({ data }) => data !== null)
  if (present.length === 0) return null
  const partialRows = await partialsFrom(db, query, present)
  const ids = [...rows, ...partialRows].map(({ id }) => BigInt(id))
  const textOf = ({ locale, data, strict }: VersionRow) => ({
    data: data!,
    strict,
    partials: sourcesFor(locale, partialRows),
  })
  return {
    at: String(ids.reduce((newest, id) => (id > newest ? id : newest))),
    app: { id: query.app, name: await nameOf(db, query.app) },
    category: categoryOf(present),
    texts: new Map(present.map((row) => [row.locale.toLowerCase(), textOf(row)])),
  }
}

/** Newer than every version. */
const NEWEST = '9223372036854775807'

/** The newest sources of these partials and of those that they render, by name, for a template of a locale. */
export async function partialSources(
  db: Queryable,
  app: number,
  locale: string,
  partials: string[],
): Promise<EditionText['partials']> {
  return sourcesFor(locale, await partialsFrom(db, { app, sender: PARTIAL, at: NEWEST }, [{ partials }]))
}

interface VersionRow {
  id: string
  name: string
  locale: string
  data: string | null
  strict: boolean
  category: string | null
  partials: string[]
}

/** The newest version in each locale. */
async function versionsOf(
  db: Queryable,
  { app, sender, at }: Omit<EditionQuery, 'name'>,
  names: string[],
): Promise<VersionRow[]> {
  const { rows } = await db.execute<VersionRow & Record<string, unknown>>(sql`
    select distinct on (name, locale) id, name, locale, data, strict, category, partials from carillon.template_versions
    where app_id = ${app} and name = any(${sql.param(names)}::text[]) and sender = ${sender} and id <= ${at}
    order by name, locale, id desc`)
  return rows
}

function categoryOf(texts: VersionRow[]): string | null {
  const named = texts.filter(({ category }) => category !== null)
  const newestFirst = named.toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? 1 : -1))
  return (named.find(({ locale }) => locale === '') ?? newestFirst[0])?.category ?? null
}

/** The partials that these render, and those that those render. */
async function partialsFrom(
  db: Queryable,
  query: Omit<EditionQuery, 'name'>,
  users: Pick<VersionRow, 'partials'>[],
): Promise<VersionRow[]> {
  const found: VersionRow[] = []
  const known = new Set<string>()
  let next = users
  for (;;) {
    const names = [...new Set(next.flatMap(({ partials }) => partials))].filter((name) => !known.has(name))
    if (names.length === 0) return found
    for (const name of names) known.add(name)
    const rows = await versionsOf(db, { ...query, sender: PARTIAL }, names)
    found.push(...rows)
    next = rows
  }
}

/** The first of the chain that a partial has counts, so the chain is gone through from its end. */
function sourcesFor(locale: string, partials: VersionRow[]): EditionText['partials'] {
  const sources = new Map<string, string>()
  for (const wanted of localeChain(locale).toReversed())
    for (const { name, data, locale: own } of partials)
      if (data !== null && own.toLowerCase() === wanted) sources.set(name, data)
  return sources
}

async function nameOf(db: Queryable, app: number): Promise<string> {
  const { rows } = await db.execute<{ name: string }>(sql`select name from carillon.apps where id = ${app}`)
  return rows[0]?.name ?? ''
}
