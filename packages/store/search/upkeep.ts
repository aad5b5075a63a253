import { sql, type SQL } from 'drizzle-orm'
import type { PusherChange } from '@carillon/contract'
import { pushers } from '../schema/pusher.ts'
import type { TextField } from './fields.ts'
import { fieldPrefix, nameLexemes, vectorText } from './lexemes.ts'

/** The column `words` of a new pusher. */
export function wordsOfNew(app: number, id: string, change: PusherChange): SQL {
  const { fields, addSenders: senders = [], addTags: tags = [] } = change
  return sql`${vectorText(app, { ...fields, id, senders, tags })}::tsvector`
}

/**
 * The column `words` of a pusher that is changed, out of what it holds: without the words of the fields
 * that are given and of the names that are removed, with the new ones.
 */
export function wordsAfter(app: number, change: PusherChange): SQL {
  const { fields = {}, addSenders: senders = [], addTags: tags = [] } = change
  const changed = (['email', 'nickname', 'phoneNumber'] as const).filter((field) => fields[field] !== undefined)
  const left = withoutNames(app, withoutFields(app, changed), change)
  const added = vectorText(app, { ...fields, senders, tags })
  // Joining tsvectors would move the places of the second behind the first, further with every change.
  return changed.length > 0 ? sql`(${left}::text || ' ' || ${added})::tsvector` : sql`${left} || ${added}::tsvector`
}

function withoutFields(app: number, changed: TextField[]): SQL {
  const { words } = pushers
  if (changed.length === 0) return sql`${words}`
  return sql`ts_delete(${words}, array(
    select lexeme from unnest(tsvector_to_array(${words})) as lexeme
    where split_part(lexeme, '/', 1) = any(${sql.param(changed.map((field) => fieldPrefix(app, field)))}::text[])))`
}

function withoutNames(app: number, words: SQL, { removeSenders = [], removeTags = [] }: PusherChange): SQL {
  const gone = [
    ...removeSenders.flatMap((name) => nameLexemes(app, 'senders', name)),
    ...removeTags.flatMap((name) => nameLexemes(app, 'tags', name)),
  ]
  return gone.length === 0 ? words : sql`ts_delete(${words}, ${sql.param(gone)}::text[])`
}
