import { type Category, decidePreference, type PreferenceDecision, type Preferences } from '@carillon/contract'
import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { statement } from '../statement.ts'

/** A message of a category, which may have been removed. */
export interface CategorizedMessage {
  app: number
  /** Id of the pusher. */
  pusher: string
  sender: string
  category: string
}

/** What holds for a message. */
export interface CategoryDecision extends PreferenceDecision {
  /** Of the category; its name if the category was removed. */
  title: string
}

interface FoundRow {
  place: number
  category: Pick<Category, 'title' | 'required' | 'default'> | null
  preferences: Preferences | null
}

const REMOVED = { required: false, default: {} }

/** Decides by the categories and the preferences as they are now. @returns index-aligned */
export async function decideMessages(
  db: Database,
  messages: readonly CategorizedMessage[],
): Promise<CategoryDecision[]> {
  const { rows } = await read(db, {
    apps: messages.map(({ app }) => app),
    pushers: messages.map(({ pusher }) => pusher),
    senders: messages.map(({ sender }) => sender),
    categories: messages.map(({ category }) => category),
  })
  const found = new Map(rows.map((row) => [row.place, row]))
  return messages.map(({ category: name, sender }, index) => {
    const { category, preferences } = found.get(index + 1)!
    const decision = decidePreference({ name, ...(category ?? REMOVED) }, sender, preferences ?? [])
    return { ...decision, title: category?.title || name }
  })
}

const read = statement<{ apps: number[]; pushers: string[]; senders: string[]; categories: string[] }, FoundRow>(
  'preferences',
  (give) => sql`
    select given.place::int,
      (select json_build_object('title', c.title, 'required', c.required, 'default', c.defaults) from carillon.categories as c
        where c.app_id = given.app and c.name = given.category) as category,
      (select json_agg(json_build_object('category', nullif(p.category, ''), 'sender', nullif(p.sender, ''),
          'value', case when p.is_on then 'on' else 'off' end))
        from carillon.preferences as p
        where p.app_id = given.app and p.pusher = given.pusher
          and p.category in (given.category, '') and p.sender in (given.sender, '')) as preferences
    from unnest(
      ${give('apps', 'int[]')}, ${give('pushers', 'text[]')}, ${give('senders', 'text[]')}, ${give('categories', 'text[]')}
    ) with ordinality as given (app, pusher, sender, category, place)`,
)
