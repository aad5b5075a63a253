import pg from 'pg'
import type { PusherFields, PusherStore } from '@carillon/contract'

const FIRST_NAMES = ['ann', 'bob', 'cleo', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'jon', 'kim', 'leo', 'mia', 'ned']
const HEADS = ['bar', 'cor', 'del', 'far', 'gal', 'hol', 'jor', 'kel', 'lom', 'mar', 'nor', 'pel', 'ros', 'sal', 'tor']
const TAILS = ['bert', 'by', 'den', 'feld', 'gate', 'ham', 'ing', 'ker', 'low', 'man', 'ner', 'ster', 'ton', 'well']
const LAST_NAMES = HEADS.flatMap((head) => TAILS.map((tail) => head + tail))
const CITIES = [
  'berlin',
  'cairo',
  'delhi',
  'lagos',
  'lima',
  'london',
  'oslo',
  'paris',
  'quito',
  'rome',
  'seoul',
  'tokyo',
]
const BORN = 1_456_403_493

/** A pusher as `addPeople` makes it. */
function person(n: number): { fields: PusherFields; tags: string[] } {
  const email = `user${n}@example.com`
  const nickname = `${FIRST_NAMES[n % FIRST_NAMES.length]} ${LAST_NAMES[(n >> 3) % LAST_NAMES.length]}`
  const tags = [`city-${CITIES[(n >> 5) % CITIES.length]}`, n % 1000 === 0 ? 'vip' : 'plain']
  return { fields: { email, nickname, phoneNumber: `+86${phoneOf(n)}`, createdAt: BORN + n }, tags }
}

const phoneOf = (n: number) => String(13_800_000_000 + n)

/** Rows of one statement: Postgres keeps what a larger one generates in a file. */
const STEP = 500_000

/** One statement, with values. @returns the rows */
export type Run = <Row>(statement: string, values?: unknown[]) => Promise<Row[]>

/**
 * Pushers `p1` and so on of app 1 with the sender `bench`, as `insertPeople` writes them.
 * @throws Error when the store gives one of them other words than this did
 */
export async function addPeople(databaseUrl: string, store: PusherStore, count: number): Promise<void> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  try {
    await insertPeople(
      async <Row>(text: string, values?: unknown[]) => (await client.query(text, values)).rows as Row[],
      count,
    )
    await checkWords(client, store, Math.ceil(count / 2))
  } finally {
    await client.end()
  }
}

/**
 * By a few statements with their words, and the indexes after them: one by one through the store a million take a quarter
 * of an hour.
 */
export async function insertPeople(run: Run, count: number): Promise<void> {
  await run('set synchronous_commit = off')
  await run(`set maintenance_work_mem = '1GB'`)
  const indexes = await run<{ name: string; definition: string }>(indexesButKey)
  for (const { name } of indexes) await run(`drop index carillon.${name}`)
  for (let from = 1; from <= count; from += STEP) {
    const until = Math.min(count, from + STEP - 1)
    await run(insert, [from, until, FIRST_NAMES, LAST_NAMES, CITIES, BORN])
  }
  for (const { definition } of indexes) await run(definition)
  await run('vacuum analyze carillon.pushers')
}

const indexesButKey = `
  select relname as name, pg_get_indexdef(c.oid) as definition
  from pg_index join pg_class as c on c.oid = indexrelid
  where indrelid = 'carillon.pushers'::regclass and not indisprimary`

const insert = `
  insert into carillon.pushers (app_id, id, email, nickname, phone_number, senders, tags, created_at, words)
  select 1, 'p' || n, 'user' || n || '@example.com', first || ' ' || last, '+86' || phone, array['bench'],
    array['city-' || city, tag], $6::bigint + n, (
      quote_literal('1i/p' || n) || ':1 ' || quote_literal('1e/user' || n) || ':1 ''1e/example'':2 ''1e/com'':3 ' ||
      quote_literal('1n/' || first) || ':1 ' || quote_literal('1n/' || last) || ':2 ' ||
      quote_literal('1p/86' || phone) || ':1 ' || quote_literal('1p/' || phone) || ':1 ''1s/bench//bench'' ' ||
      quote_literal('1t/city/' || city || '//city-' || city) || ' ' ||
      quote_literal('1t/' || city || '//city-' || city) || ' ' || quote_literal('1t/' || tag || '//' || tag)
    )::tsvector
  from generate_series($1::int, $2::int) as n,
    lateral (select ($3::text[])[1 + n % cardinality($3::text[])] as first,
      ($4::text[])[1 + (n >> 3) % cardinality($4::text[])] as last,
      ($5::text[])[1 + (n >> 5) % cardinality($5::text[])] as city,
      (13800000000 + n)::text as phone, case when n % 1000 = 0 then 'vip' else 'plain' end as tag) as person
  order by n`

async function checkWords(client: pg.Client, store: PusherStore, n: number): Promise<void> {
  const read = () =>
    client.query('select id, email, nickname, phone_number, tags, words::text from carillon.pushers where id = $1', [
      `p${n}`,
    ])
  const [before] = (await read()).rows
  await store.delete(1, `p${n}`)
  const { fields, tags } = person(n)
  await store.set(1, `p${n}`, { fields, addSenders: ['bench'], addTags: tags }, true)
  const [after] = (await read()).rows
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    throw new Error(`The store makes ${JSON.stringify(after)} of what the bench made ${JSON.stringify(before)}.`)
  }
}

/** Queries of each kind that a search box and an operator make; `n` is any pusher's number. */
export const queryKinds: readonly ((n: number) => string)[] = [
  (n) => firstOf(n),
  (n) => `nickname:${lastOf(n)}`,
  (n) => `+${firstOf(n)} +${lastOf(n)}`,
  (n) => `"${firstOf(n)} ${lastOf(n)}"`,
  (n) => `${lastOf(n)} ${lastOf(n + 8)}`,
  (n) => `${lastOf(n).slice(0, 4)}*`,
  (n) => `user${n}@example.com`,
  (n) => phoneOf(n),
  (n) => `p${n}`,
  () => 'tags:vip',
  (n) => `+tags:${tagOf(n)} +${firstOf(n)}`,
  (n) => `+${lastOf(n)} -tags:${tagOf(n)}`,
  (n) => `+createdAt:>=${BORN + n} +createdAt:<${BORN + n + 50_000} +${firstOf(n)}`,
  () => '*',
]

const firstOf = (n: number) => person(n).fields.nickname!.split(' ')[0]!
const lastOf = (n: number) => person(n).fields.nickname!.split(' ')[1]!
const tagOf = (n: number) => person(n).tags[0]!
