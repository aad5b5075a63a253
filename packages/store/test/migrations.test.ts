import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../migrations')

/** SHA-256 of what was released; a release adds its migrations. None of these may ever change: see CONTRIBUTING.md. */
const released: [tag: string, hash: string][] = [
  ['0000_start', 'bf634935f87b7cf594f520755e634fb8daccc86c50fe69f951d0ba9970fa29bb'],
  ['0001_fillfactor', '366dead3a8b237d7b4a156f34d1934c45edd2514d4cef312bb7bef9b744667df'],
]

interface Journal {
  entries: { tag: string; when: number }[]
}

const { entries } = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as Journal
const hashOf = (tag: string) =>
  createHash('sha256')
    .update(readFileSync(join(folder, `${tag}.sql`)))
    .digest('hex')

it('released migrations are unchanged, and come before all others', () => {
  const first = entries.slice(0, released.length).map(({ tag }) => [tag, hashOf(tag)])
  expect(first).toEqual(released)
})

it('each migration is newer than the one before, or the migrator would pass it over', () => {
  const times = entries.map(({ when }) => when)
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
})

it('each file is in the journal, in its order', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  expect(entries.map(({ tag }) => `${tag}.sql`)).toEqual(files.toSorted())
})
