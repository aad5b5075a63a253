import { type SQL, sql } from 'drizzle-orm'
import {
  CarillonError,
  noTemplate,
  PARTIAL,
  type Template,
  type TemplateSelection,
  type TemplateVersion,
} from '@carillon/contract'
import type { Database, Queryable } from '../database.ts'
import { seconds } from '../history/records.ts'
import { statement } from '../statement.ts'
import { type EditionText, partialSources, type TemplateEdition, templateEdition } from './editions.ts'

/** What a caller stores. */
export interface NewTemplate extends Pick<Template, 'name' | 'sender' | 'locale' | 'strict' | 'category'> {
  data: string
  /** Names of the partials that the data renders. */
  partials: string[]
}

/** Templates with all their versions. */
export interface TemplateRepository {
  /**
   * Stores a version, unless the newest one is the same.
   * @throws CarillonError `conflict` if the app has as many templates as it may have
   */
  put(app: number, template: NewTemplate): Promise<Template>
  /** All, by name. */
  list(app: number): Promise<Template[]>
  /** Those of a name, with their data. */
  find(app: number, name: string, selection?: TemplateSelection): Promise<TemplateVersion[]>
  /** Those of a name, without their data. */
  places(app: number, name: string): Promise<Template[]>
  /** Versions of a name that are selected, newest first. `after` is the number of the last one seen. */
  versions(
    app: number,
    name: string,
    page: TemplateSelection & { after?: number | undefined; size: number },
  ): Promise<Template[]>
  version(app: number, name: string, version: number): Promise<TemplateVersion | null>
  /**
   * Removes those that are selected. Their versions stay, since pushes may refer to them.
   * @throws CarillonError `template_not_found`, or `conflict` for a partial that a template renders
   */
  remove(app: number, name: string, selection?: TemplateSelection): Promise<void>
  /** Names of the partials that there are. */
  partials(app: number): Promise<string[]>
  /** Ids of the newest version of any template of each of these apps, index-aligned; 0 if there is none. */
  newest(apps: number[]): Promise<string[]>
  /** What a template consisted of when the version `at` was the app's newest; null if there was none of that name. */
  edition(app: number, sender: string, name: string, at: string): Promise<TemplateEdition | null>
  /** The newest sources of these partials and of those that they render, by name, for a template of a locale. */
  sources(app: number, locale: string, partials: string[]): Promise<EditionText['partials']>
}

export function templateRepository(db: Database): TemplateRepository {
  return {
    put: (app, template) => inTurn(db, app, (tx) => put(tx, app, template)),
    list: (app) => everywhere(db, app, sql`true`, withoutData),
    find: (app, name, selection) => current(db, app, selected(name, selection), withData),
    places: (app, name) => current(db, app, selected(name), withoutData),
    async versions(app, name, { after, size, ...selection }) {
      const { rows } = await db.execute<Template & Record<string, unknown>>(sql`
        select ${withoutData} from carillon.template_versions as t
        where app_id = ${app} and ${selected(name, selection)} and data is not null
          ${after === undefined ? sql`` : sql`and version < ${after}`}
        order by version desc limit ${size}`)
      return rows
    },
    async version(app, name, version) {
      const { rows } = await db.execute<TemplateVersion & Record<string, unknown>>(sql`
        select ${withData} from carillon.template_versions as t
        where app_id = ${app} and name = ${name} and version = ${version}`)
      return rows[0] ?? null
    },
    remove: (app, name, selection) => inTurn(db, app, (tx) => remove(tx, app, name, selection)),
    async partials(app) {
      const found = await everywhere<{ name: string }>(db, app, sql`sender = ${PARTIAL}`, sql`name`)
      return [...new Set(found.map(({ name }) => name))]
    },
    async newest(apps) {
      const distinct = [...new Set(apps)]
      const { rows } = await newest(db, { apps: distinct })
      const found = new Map(rows.map(({ app, id }) => [app, id]))
      return apps.map((app) => found.get(app) ?? '0')
    },
    edition: (app, sender, name, at) => templateEdition(db, { app, sender, name, at }),
    sources: (app, locale, partials) => partialSources(db, app, locale, partials),
  }
}

const newest = statement<{ apps: number[] }, { app: number; id: string | null }>(
  'newest_templates',
  (give) => sql`
    select app, (select max(id) from carillon.template_versions where app_id = app) as id
    from unnest(${give('apps', 'int[]')}) as given (app)`,
)

/** Any constant of our own. */
const TEMPLATES_LOCK = 60_012_025

/** Lets those who change an app's templates do it one after another, so that ids grow as they are committed. */
function inTurn<T>(db: Database, app: number, change: (tx: Queryable) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${sql.raw(String(TEMPLATES_LOCK))}, ${app})`)
    return change(tx)
  })
}

const withoutData = sql`name, sender, locale, version, strict, category, ${seconds(sql`created_at`)} as "createdAt"`
const withData = sql`${withoutData}, data`

/** The newest version of each template that was not removed, among those of a name. */
async function current<Row extends object>(db: Queryable, app: number, where: SQL, columns: SQL): Promise<Row[]> {
  const { rows } = await db.execute(sql`
    select ${columns} from (
      select distinct on (name, sender, locale) * from carillon.template_versions
      where app_id = ${app} and ${where}
      order by name, sender, locale, id desc
    ) as t
    where data is not null
    order by name, sender, locale`)
  return rows as object[] as Row[]
}

/**
 * The same among all templates of an app. It goes from each to the next one by the index: their number is limited, and that of
 * their versions is not.
 */
async function everywhere<Row extends object>(db: Queryable, app: number, where: SQL, columns: SQL): Promise<Row[]> {
  const { rows } = await db.execute(sql`
    with recursive place (name, sender, locale) as (
      (select name, sender, locale from carillon.template_versions where app_id = ${app}
        order by name, sender, locale limit 1)
      union all
      select further.* from place cross join lateral (
        select name, sender, locale from carillon.template_versions
        where app_id = ${app} and (name, sender, locale) > (place.name, place.sender, place.locale)
        order by name, sender, locale limit 1
      ) as further
    )
    select ${columns} from (
      select newest.* from place cross join lateral (
        select * from carillon.template_versions as v
        where v.app_id = ${app} and v.name = place.name and v.sender = place.sender and v.locale = place.locale
        order by v.id desc limit 1
      ) as newest
    ) as t
    where ${where} and data is not null
    order by name, sender, locale`)
  return rows as object[] as Row[]
}

function selected(name: string, { sender, locale }: TemplateSelection = {}): SQL {
  return sql`name = ${name} ${sender === undefined ? sql`` : sql`and sender = ${sender}`}
    ${locale === undefined ? sql`` : sql`and locale = ${locale}`}`
}

/** Templates of an app, each locale of each sender counted. */
const MOST_TEMPLATES = 1000
/** Templates of one name for one sender: a push keeps all of them in the memory of its worker. */
const MOST_LOCALES = 50

async function put(tx: Queryable, app: number, given: NewTemplate): Promise<Template> {
  const [known] = await current<TemplateVersion>(tx, app, selected(given.name, given), withData)
  if (known && isSame(known, given)) {
    const { data: _data, ...template } = known
    return template
  }
  if (!known) await refuseMore(tx, app, given)
  return addVersion(tx, app, given)
}

function isSame(known: TemplateVersion, given: NewTemplate): boolean {
  return known.data === given.data && known.strict === given.strict && known.category === given.category
}

async function refuseMore(tx: Queryable, app: number, { name, sender }: NewTemplate): Promise<void> {
  const found = await everywhere<Template>(tx, app, sql`true`, withoutData)
  const locales = found.filter((one) => one.name === name && one.sender === sender)
  if (found.length >= MOST_TEMPLATES)
    throw new CarillonError('conflict', `The app has ${MOST_TEMPLATES} templates, which is the most it may have.`)
  if (locales.length >= MOST_LOCALES)
    throw new CarillonError('conflict', `${name} has ${MOST_LOCALES} locales, which is the most it may have.`)
}

async function addVersion(
  tx: Queryable,
  app: number,
  { name, sender, locale, data, strict, category, partials }: Omit<NewTemplate, 'data'> & { data: string | null },
): Promise<Template> {
  const { rows } = await tx.execute<Template & Record<string, unknown>>(sql`
    insert into carillon.template_versions as t (app_id, name, sender, locale, version, data, strict, category, partials)
    select ${app}::int, ${name}, ${sender}, ${locale}, coalesce(max(version), 0) + 1, ${data}, ${strict}::boolean, ${category},
      ${sql.param(partials)}::text[]
    from carillon.template_versions where app_id = ${app} and name = ${name}
    returning ${withoutData}`)
  return rows[0]!
}

async function remove(tx: Queryable, app: number, name: string, selection?: TemplateSelection): Promise<void> {
  const found = await current<Template>(tx, app, selected(name, selection), withoutData)
  if (found.length === 0) throw noTemplate(name, selection, await everywhere<Template>(tx, app, sql`true`, withoutData))
  if (found.some(({ sender }) => sender === PARTIAL)) await refuseIfRendered(tx, app, name)
  for (const template of found) await addVersion(tx, app, { ...template, data: null, partials: [] })
}

async function refuseIfRendered(tx: Queryable, app: number, partial: string): Promise<void> {
  const all = await everywhere<{ name: string; partials: string[] }>(tx, app, sql`true`, sql`name, partials`)
  const user = all.find(({ partials }) => partials.includes(partial))
  if (user)
    throw new CarillonError(
      'conflict',
      `The template ${user.name} renders the partial ${partial}. Change or remove it first.`,
    )
}
