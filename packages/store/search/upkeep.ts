import { sql, type SQL } from 'drizzle-orm'
import type { PusherChange } from '@carillon/contract'
import { pushers } from '../schema/pusher.ts'
import { fieldPrefix, nameLexemes, vectorText } from './lexemes.ts'

/** The column `words` of a new pusher. */
export function wordsOfNew(app: number, id: string, change: PusherChange): SQL {
  const { fields, addSenders: senders = [], addTags: tags = [] } = change
  return sql`${vectorText(app, { ...fields, id, senders, tags })}::tsvector`
}

/**
 * The column `words` of a pusher that is changed, out of what it holds: without the words of the fields
 * that are given and of the names that are removed, with the new ones. They travel through text because
 * joining tsvectors moves the places of the second, further with every change.
 */
export function wordsAfter(app: number, change: PusherChange): SQL {
  const { words } = pushers
  const { fields = {}, addSenders: senders = [], addTags: tags = [] } = change
  const changed = (['email', 'nickname', 'phoneNumber'] as const).filter((field) => fields[field] !== undefined)
  const gone = [
    ...(change.removeSenders ?? []).flatMap((name) => nameLexemes(app, 'senders', name)),
    ...(change.removeTags ?? []).flatMap((name) => nameLexemes(app, 'tags', name)),
  ]
  return sql`(ts_delete(${words}, array(
    select lexeme from unnest(tsvector_to_array(${words})) as lexeme
    where split_part(lexeme, '/', 1) = any(${sql.param(changed.map((field) => fieldPrefix(app, field)))}::text[]) or lexeme = any(${sql.param(gone)}::text[])
  ))::text || ' ' || ${vectorText(app, { ...fields, senders, tags })})::tsvector`
}
