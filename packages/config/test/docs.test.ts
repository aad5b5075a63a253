import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { settingsTable } from '@carillon/config'

const file = resolve(import.meta.dirname, '../../../docs/configuration.md')

test('the table in docs/configuration.md is that of the settings (vitest -u writes it)', async () => {
  const [before, after] = readFileSync(file, 'utf8').split(/(?<=<!-- settings -->\n)[^]*(?=<!-- \/settings -->)/)
  expect(before).toContain('<!-- settings -->')
  await expect(`${before}\n${settingsTable()}\n\n${after}`).toMatchFileSnapshot(file)
})
