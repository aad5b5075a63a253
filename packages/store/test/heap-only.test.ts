import { getTableConfig, PgDialect } from 'drizzle-orm/pg-core'
import { expect, it } from 'vitest'
import { pushes } from '../schema/push.ts'

/** Every push is claimed. An index on a column that a claim changes would be written each time, and so would all others. */
it('taking a push changes nothing that an index of pushes is about', () => {
  const about = getTableConfig(pushes).indexes.flatMap(({ config: { columns, where } }) => [
    ...columns.map((column) => ('name' in column ? column.name : '')),
    where ? new PgDialect().sqlToQuery(where).sql : '',
  ])
  expect(about).toContain('due_at')
  expect(about.join(' ')).not.toMatch(/\b(state|attempt|lease_until|taken_at)\b/)
})
