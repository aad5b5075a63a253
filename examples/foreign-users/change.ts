import type { PusherChange } from 'carillon'

/* One statement each, so that changes at the same time neither mix nor get lost. */

const PREFERENCES = `jsonb_strip_nulls(jsonb_build_object('timezone', $7::text, 'language', $8::text))`

const ASSIGNMENTS = `
  mail = coalesce($3::text, users.mail),
  mobile = coalesce($4::text, users.mobile),
  name = coalesce($5::text, users.name),
  joined = coalesce(to_timestamp($6::float8), users.joined),
  preferences = users.preferences || ${PREFERENCES},
  profile = coalesce($9::jsonb, users.profile),
  channels = (users.channels - $10::text[]) || $11::jsonb,
  labels = (users.labels - $12::text[]) || $13::jsonb`

export const CHANGE = `update users set ${ASSIGNMENTS} where tenant = $1 and login = $2 returning id`

export const CREATE_OR_CHANGE = `
  insert into users (tenant, login, mail, mobile, name, joined, preferences, profile, channels, labels)
  values ($1, $2, $3::text, $4::text, $5::text, coalesce(to_timestamp($6::float8), now()), ${PREFERENCES},
    coalesce($9::jsonb, '{}'), $11::jsonb, $13::jsonb)
  on conflict (tenant, login) do update set ${ASSIGNMENTS}
  returning id`

/** `$1` to `$13` of both; null leaves a column as it is. */
export function changeValues(app: number, id: string, change: PusherChange): unknown[] {
  const { email, phoneNumber, nickname, createdAt, timezone, locale, attributes } = change.fields ?? {}
  const fields = [email, phoneNumber, nickname, createdAt, timezone, locale, attributes && JSON.stringify(attributes)]
  return [
    app,
    id,
    ...fields.map((field) => field ?? null),
    ...listValues(change.addSenders, change.removeSenders),
    ...listValues(change.addTags, change.removeTags),
  ]
}

/** What leaves the list, and what is put at its end: a name that is there already moves, and is not doubled. */
function listValues(add: string[] = [], remove: string[] = []): [string[], string] {
  const added = [...new Set(add)]
  return [[...remove, ...added], JSON.stringify(added)]
}
