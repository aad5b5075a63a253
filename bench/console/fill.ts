import { insertPeople, type Run } from '../people.ts'

/** How much there is to show. */
export interface Amounts {
  pushers: number
  /** Half of them are finished, and half wait. */
  pushes: number
  /** Of those that are finished. */
  dead: number
  /** Of a broadcast that is over, and of one that is paused. */
  recipients: number
  /** Of the counts of each minute. */
  days: number
}

/** Names of the broadcasts. */
export const BROADCAST = 'everybody'
export const PAUSED = 'everybody-again'

/** The history goes back so many days before today. */
const DAYS = 2
const PAGE = 500
/** Names of templates, and versions of each locale. */
const TEMPLATES = [120, 80]

/**
 * Fills an empty database of app 1 with what the console has to show: four senders with a history of days, one with pushes
 * for later and one that no worker runs, broadcasts, counts of each minute, and an audit.
 */
export async function fillConsole(run: Run, { pushers, pushes, dead, recipients, days }: Amounts): Promise<void> {
  await insertPeople(run, pushers)
  await run(insertCategories)
  await run(insertPreferences)
  const today = Math.floor(Date.now() / 86_400_000)
  const history = Array.from({ length: DAYS + 1 }, (_, index) => today - DAYS + index)
  const each = Math.floor(pushes / 2 / history.length)
  for (const day of history) {
    if (day < today) for (const statement of partitionsOf(day)) await run(statement)
    await run(insertFinished, [day, each, pushers, Math.floor((pushes / 2 / dead) * 4), REASONS])
  }
  await run(insertEvents)
  await run(insertReports)
  for (const [number, name] of [BROADCAST, PAUSED].entries()) {
    const which = [today, number + 1, recipients]
    await run(insertBroadcast, [...which, name])
    await run(insertRecipients, which)
    await run(insertPages, [...which, PAGE])
  }
  await run(insertMoved, [today, recipients])
  await run(insertWaiting, [pushes / 2, pushers])
  await run(insertCounts, [days * 1440])
  await run(insertTemplates, TEMPLATES)
  await run(insertAudit, [Math.floor(pushes / 6)])
  await run('vacuum analyze')
}

const insertCategories = `
  insert into carillon.categories (app_id, name, title, description, required, defaults)
  select 1, name, name, '', name = 'invoices', '{"sendsms": "off"}' from unnest(array['invoices', 'news', 'offers']) as name`

/** One choice of each pusher. */
const insertPreferences = `
  insert into carillon.preferences (app_id, pusher, category, sender, is_on)
  select app_id, id, 'news', '', false from carillon.pushers`

const REASONS = 20

/** As `days.ts` of the store makes them. */
function partitionsOf(day: number): string[] {
  const [from, to] = [day, day + 1].map((one) => new Date(one * 86_400_000).toISOString().slice(0, 10))
  return ['finished_pushes', 'push_events', 'delivery_reports'].map(
    (table) => `
      create table carillon.${table}_${from!.replaceAll('-', '')} partition of carillon.${table}
      for values from ('${from} 00:00:00+00') to ('${to} 00:00:00+00')`,
  )
}

const begin = `to_timestamp($1::int * 86400::float8)`
/** Of number n of $2; of the present day in the part that is over. */
const moment = `${begin} + (least(${begin} + interval '1 day', now()) - ${begin}) * (n::float8 / ($2::int + 1))`

/** Those of every fourth number are of one sender. Every $4th of them is dead. */
const insertFinished = `
  insert into carillon.finished_pushes (id, finished_at, accepted_at, due_at, taken_at, app_id, attempt, failures, ttl,
    priority, state, force, sender, name, pusher, data, reason, message_id)
  select nextval('carillon.pushes_id_seq'), at, greatest(${begin}, at - interval '1 second'), at, at, 1, 1, is_dead::int,
    604800, 0, case when is_dead then 3 else 2 end, false, (array['bench', 'sendmail', 'sendsms', 'sendpush'])[1 + n % 4],
    pusher || '_' || n || '_' || $1::int, pusher,
    '{"subject":"Your order ' || n || '","text":"Hello {{ pusher.nickname }}, it is on its way."}',
    case when is_dead then 'the provider refused it: 550 no such user (' || n / $4::int % $5::int || ')' end,
    case when not is_dead then md5($1::int || ' ' || n) end
  from (
    select n, ${moment} as at, 'p' || (1 + n % $3::int) as pusher, n % $4::int < 4 as is_dead
    from generate_series(1, $2::int) as n
  ) as finished`

const insertEvents = `
  insert into carillon.push_events (push_id, event, attempt, at, reason)
  select id, event, 1, finished_at, reason
  from carillon.finished_pushes cross join unnest(array[1, 2]::smallint[]) as event where state = 3`

const insertReports = `
  insert into carillon.delivery_reports (app_id, push_id, pusher, event, event_id, at, message_id)
  select 1, id, pusher, 0, md5('report ' || id), finished_at, message_id
  from carillon.finished_pushes where state = 2 and id % 4 = 0`

const idOfBroadcast = `$1::bigint * 1000000000 + $2::int`

const insertBroadcast = `
  insert into carillon.broadcasts (id, app_id, sender, name, data, state, exhausted, total, due_at, started_at, ran_seconds,
    accepted_at, finished_at)
  select ${idOfBroadcast}, 1, 'bench', $4::text, '{"text":"News for everybody."}', case $2::int when 1 then 2 else 1 end,
    $2::int = 1, $3::int, now(), now(), 60, now(), case $2::int when 1 then now() end`

/** One in a hundred was skipped, and one in fifty has a push of its own. */
const insertRecipients = `
  insert into carillon.broadcast_recipients (broadcast_id, pusher, outcome, message_id)
  select ${idOfBroadcast}, 'p' || n, case when n % 100 = 0 then 1 when n % 50 = 1 then 2 else 0 end, md5('recipient ' || n)
  from generate_series(1, $3::int) as n`

const insertPages = `
  insert into carillon.broadcast_pages (broadcast_id, pushers, size, lease_until, done, done_at, sent, skipped, moved)
  select ${idOfBroadcast}, '{}', $4::int, now(), true, now(), $4::int * 97 / 100, $4::int / 100, $4::int / 50
  from generate_series(1, $3::int / $4::int)`

/** What became of the recipients with pushes of their own. */
const insertMoved = `
  insert into carillon.finished_pushes (id, finished_at, accepted_at, due_at, app_id, attempt, failures, ttl, priority, state,
    force, broadcast_id, sender, name, pusher, data, reason)
  select nextval('carillon.pushes_id_seq'), now(), now(), now(), 1, 2, 1, 604800, 0, case when n % 100 = 1 then 3 else 2 end,
    false, $1::bigint * 1000000000 + 1, 'bench', 'moved_' || n, 'p' || n, '{"text":"News for everybody."}',
    case when n % 100 = 1 then 'the provider refused it: 421 try again' end
  from generate_series(1, $2::int) as n where n % 50 = 1`

/** Half for later, and half of a sender that no worker runs; some are being sent. */
const insertWaiting = `
  insert into carillon.pushes (app_id, sender, name, pusher, data, ttl, due_at, expires_at, state, attempt, lease_until, accepted_at)
  select 1, case when n % 2 = 0 then 'later' else 'nobody' end, 'waiting_' || n, 'p' || (1 + n % $2::int),
    '{"subject":"Your order ' || n || '","text":"Hello {{ pusher.nickname }}, it is on its way."}', 604800,
    now() + (n % 2 * -2 + 1) * (n % 86400) * interval '1 second', now() + interval '7 days', (n % 5000 = 1)::int,
    (n % 5000 = 1)::int, case when n % 5000 = 1 then now() + interval '1 hour' end, now()
  from generate_series(1, $1::int) as n`

const insertCounts = `
  insert into carillon.minute_counts (app_id, minute, sender, outcome, count)
  select 1, date_trunc('minute', now()) - minute * interval '1 minute', sender, outcome, 1 + minute % 60
  from generate_series(0, $1::int) as minute,
    unnest(array['bench', 'sendmail', 'sendsms', 'sendpush']) as sender,
    unnest(array['accepted', 'sent', 'failed', 'dead']) as outcome`

/** Names of $1, each with two locales and $2 versions of each. */
const insertTemplates = `
  insert into carillon.template_versions (app_id, name, sender, locale, version, data, strict, partials)
  select 1, 't' || n, 'sendmail', case version % 2 when 0 then '' else 'de' end, version,
    json_build_object('subject', 'Version ' || version, 'text', 'Hello {{ pusher.nickname }}'), false, '{}'
  from generate_series(1, $2::int * 2) as version, generate_series(1, $1::int) as n order by version`

/** An entry a second, of an app that cancels pushes and of somebody who seldom changes an app. */
const insertAudit = `
  insert into carillon.audit (at, account, address, app_id, action, target)
  select now() - ($1::int - n) * interval '1 second', case when n % 2 = 0 then 'app k' else 'ops' end, '127.0.0.1', 1,
    case when n % 2 = 0 then 'push.cancel' when n % 5000 = 7 then 'app.change' else 'message.read' end, n::text
  from generate_series(1, $1::int) as n`
