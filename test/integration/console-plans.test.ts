import { openDeps, Visit } from '../../apps/console/test/fakes.ts'
import { silentLogger, waitFor } from '@carillon/testkit'
import { connect, type Services } from 'carillon'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fillConsole } from '../../bench/console/fill.ts'
import { consolePages } from '../../bench/console/pages.ts'
import { freshDatabase, type FreshDatabase, hasPostgres } from '../services/database.ts'

const AMOUNTS = { pushers: 20_000, pushes: 120_000, dead: 6000, recipients: 20_000, days: 5 }

/** Rows of one table that a query may read: a page looks at the newest 10,000 pushes of a kind. */
const MOST_ROWS = 11_000
/** The counts of a day are four outcomes of four senders each minute; a search may walk through 50,000 pushers. */
const MOST_OF: Readonly<Record<string, number>> = { minute_counts: 1440 * 16, pushers: 50_000 }
/** Smaller tables may be read as a whole. */
const LARGE = 15_000

const FROM_LARGE = `
  from pg_class where relnamespace = 'carillon'::regnamespace and relkind = 'r' and reltuples > ${LARGE}`

/** A node of a plan, as `explain (analyze, format json)` tells of it. */
interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: PlanNode[]
}

interface Statement {
  text: string
  values: unknown[]
}

describe.skipIf(!hasPostgres)('what the pages of the console read of large tables', { timeout: 120_000 }, () => {
  let database: FreshDatabase
  let services: Services
  let client: pg.Client
  let pages: Record<string, string>
  let large: Set<string>

  beforeAll(async () => {
    database = await freshDatabase()
    services = await connect({ databaseUrl: database.url, log: silentLogger })
    await services.store.apps.ensureFirst({ id: 1, key: 'k', secret: 's' })
    client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await fillConsole(async (text, values) => (await client.query(text, values)).rows, AMOUNTS)
    await waitFor(isVacuumed, { timeout: 60_000 })
    const { rows } = await client.query<{ name: string }>(`select relname as name ${FROM_LARGE}`)
    large = new Set(rows.map(({ name }) => name))
    pages = await consolePages(services.store)
  }, 120_000)
  afterAll(async () => {
    await client.end()
    await services.close()
    await database.drop()
  })

  /**
   * Plans depend on it. A transaction that is open meanwhile, such as that of an automatic analyze, keeps a vacuum from
   * finishing, so it is run again.
   */
  async function isVacuumed(): Promise<boolean> {
    await client.query('vacuum analyze')
    const { rows } = await client.query<{ done: boolean }>(
      `select bool_and(relallvisible = relpages) as done ${FROM_LARGE}`,
    )
    return rows[0]!.done
  }

  /** The statements that a page runs, by the connection that runs them. */
  async function statementsOf(path: string): Promise<Statement[][]> {
    const run = vi.spyOn(pg.Client.prototype, 'query')
    try {
      const visit = new Visit(openDeps({ ...services.store, core: services.core }))
      const answer = await visit.get(path)
      expect(`${path} ${answer.status}`).toBe(`${path} 200`)
      const calls = run.mock.calls.map((call, index) => [run.mock.contexts[index], statementIn(call)] as const)
      const connections = Map.groupBy(calls, ([connection]) => connection)
      return Array.from(connections.values(), (each) => each.map(([, statement]) => statement))
    } finally {
      run.mockRestore()
    }
  }

  /** Runs statements again, with the settings that some of them make, and tells how the others read tables. */
  async function plansOf(statements: Statement[]): Promise<[string, PlanNode][]> {
    const plans: [string, PlanNode][] = []
    for (const { text, values } of statements) {
      if (!/^\s*(?:select|with)\b/i.test(text) || text.includes('set_config')) {
        await client.query(text, values)
        continue
      }
      const explain = `explain (analyze, format json) ${text}`
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(explain, values)
      plans.push(...nodesOf(rows[0]!['QUERY PLAN'][0].Plan).map((node) => [text, node] as [string, PlanNode]))
    }
    return plans
  }

  it('has large tables to read', () => {
    expect([...large].filter((name) => !name.includes('finished_pushes_'))).toEqual(
      expect.arrayContaining(['pushers', 'pushes']),
    )
    expect([...large].some((name) => name.startsWith('finished_pushes_'))).toBe(true)
    expect([...large].some((name) => name.startsWith('broadcast_recipients_'))).toBe(true)
  })

  it('is none of them as a whole, and not more of one than a page looks at', async () => {
    const found: string[] = []
    const read = new Set<string>()
    for (const [page, path] of Object.entries(pages)) {
      for (const statements of await statementsOf(path)) {
        for (const [text, node] of await plansOf(statements)) {
          const table = node['Relation Name']
          if (!table || !large.has(table)) continue
          read.add(table)
          const [kind, rows] = [node['Node Type'], rowsReadBy(node)]
          if (kind === 'Seq Scan' || rows > (MOST_OF[table] ?? MOST_ROWS))
            found.push(`${page}: ${kind} of ${table}, ${rows} rows: ${text}`)
        }
      }
    }
    expect(found).toEqual([])
    expect(read).toEqual(large)
  })

  it('is the same that a scan finds, of pushes that were accepted in a time', async () => {
    const { rows: times } = await client.query<{ time: number }>(`
      select extract(epoch from accepted_at)::float8 as time from carillon.finished_pushes where id % 5000 = 77`)
    expect(times.length).toBeGreaterThan(5)
    for (const { time } of times) {
      const { rows } = await client.query<{ id: string }>(
        `select id from (select id, app_id, accepted_at from carillon.pushes
          union all select id, app_id, accepted_at from carillon.finished_pushes) as p
        where app_id = 1 and accepted_at >= to_timestamp($1::float8) and accepted_at < to_timestamp($2::float8)
        order by id desc limit 100`,
        [Math.floor(time), Math.floor(time) + 30],
      )
      const found = await services.store.history.list(1, {
        since: Math.floor(time),
        until: Math.floor(time) + 30,
        size: 100,
      })
      expect(found.map(({ id }) => id)).toEqual(rows.map(({ id }) => id))
    }
  })
})

/** A call of `query`, which takes a text or an object with it. */
function statementIn([query, given]: unknown[]): Statement {
  const { text, values = [] } = typeof query === 'string' ? { text: query } : (query as Partial<Statement>)
  return { text: text!, values: Array.isArray(given) ? given : values }
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

function rowsReadBy(node: PlanNode): number {
  const each =
    node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
  return each * node['Actual Loops']
}
