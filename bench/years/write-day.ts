import type { Run } from '../people.ts'

/** What happens in a day. */
export interface Traffic {
  pushes: number
  /** They go to pushers `p1` and so on. */
  pushers: number
}

/** A broadcast goes to a tenth of the pushers. */
const BROADCASTS = 3
const PAGE = 500

/**
 * Writes what a day leaves in the history: 1 % of the pushes are dead and 1 % failed once, 30 % have a report of the
 * provider, and there are broadcasts.
 * @param day as Unix days; of the present day the part that is over
 */
export async function writeDay(run: Run, day: number, { pushes, pushers }: Traffic): Promise<void> {
  const numbered = [day, pushes]
  await run(insertPushes, [...numbered, pushers])
  await run(insertEvents, numbered)
  await run(insertReports, numbered)
  const recipients = Math.ceil(pushers / 10)
  await run(insertBroadcasts, [day, BROADCASTS])
  await run(insertRecipients, [day, BROADCASTS, recipients])
  await run(insertPages, [day, BROADCASTS, PAGE, Math.ceil(recipients / PAGE)])
}

const begin = `to_timestamp($1::int * 86400::float8)`
const end = `least(${begin} + interval '1 day', now())`
/** Of number n of $2. */
const moment = `${begin} + (${end} - ${begin}) * (n::float8 / ($2::int + 1))`

/** Those of a day are the last that were numbered. */
const ids = `(select last_value from carillon.pushes_id_seq) - $2::int + n`

const insertPushes = `
  insert into carillon.finished_pushes (id, finished_at, accepted_at, due_at, taken_at, app_id, attempt, failures, ttl,
    priority, state, force, sender, name, pusher, data, reason, message_id)
  select nextval('carillon.pushes_id_seq'), at, at - interval '1 second', at - interval '1 second', at - interval '50 ms',
    1, 1 + (n % 100 = 1)::int, (n % 100 < 2)::int, 604800, 0, case when n % 100 = 0 then 3 else 2 end, false, 'bench',
    pusher || '_' || substr(md5(n || ' ' || $1::int), 1, 22), pusher,
    '{"subject":"Your order ' || n || ' of day ' || $1::int || '","text":"Hello {{ pusher.nickname }}, it is on its way."}',
    case when n % 100 = 0 then 'the provider refused it: 550 no such user' end,
    case when n % 100 > 0 then substr(md5($1::int || ' ' || n), 1, 22) end
  from (
    select n, ${moment} as at, 'p' || (1 + n % $3::int) as pusher from generate_series(1, $2::int) as n
  ) as sent`

const insertEvents = `
  insert into carillon.push_events (push_id, event, attempt, at, due_at, reason)
  select ${ids}, case when n % 100 = 0 then 2 else 1 end, 1, ${moment}, case when n % 100 = 1 then ${moment} end,
    'the provider refused it: 550 no such user'
  from generate_series(1, $2::int) as n where n % 100 < 2`

const insertReports = `
  insert into carillon.delivery_reports (app_id, push_id, pusher, event, event_id, at, message_id)
  select 1, id, pusher, 0, substr(md5('report ' || id), 1, 22), finished_at, message_id
  from carillon.finished_pushes, (select last_value - $2::int as before from carillon.pushes_id_seq) as day
  where id > before and id % 10 < 3 and finished_at >= ${begin} and finished_at <= ${end}`

const insertBroadcasts = `
  insert into carillon.broadcasts (id, app_id, sender, name, data, state, exhausted, total, due_at, started_at,
    accepted_at, finished_at)
  select $1::bigint * 1000000000 + n, 1, 'bench', 'all_' || n || '_' || $1::int, '{"text":"News for everybody."}', 2, true,
    0, ${moment}, ${moment}, ${moment}, ${moment}
  from generate_series(1, $2::int) as n`

const insertRecipients = `
  insert into carillon.broadcast_recipients (broadcast_id, pusher, outcome, message_id)
  select $1::bigint * 1000000000 + n, 'p' || pusher, 0, substr(md5(n || ' ' || pusher), 1, 22)
  from generate_series(1, $2::int) as n, generate_series(1, $3::int) as pusher`

const insertPages = `
  insert into carillon.broadcast_pages (broadcast_id, pushers, size, lease_until, done, done_at, sent)
  select $1::bigint * 1000000000 + n, '{}', $3::int, ${begin}, true, ${begin}, $3::int
  from generate_series(1, $2::int) as n, generate_series(1, $4::int)`
