import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createMetrics } from '@carillon/telemetry'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

const text = readFileSync(resolve(import.meta.dirname, '../../docs/operating.md'), 'utf8')

interface Row {
  name: string
  type: string
  help: string
}

function documented(): Row[] {
  const [, table = ''] = /<!-- metrics -->([^]*)<!-- \/metrics -->/.exec(text) ?? []
  const rows = table.split('\n').filter((line) => line.startsWith('| `'))
  return rows.map((row) => {
    const [, name = '', , type = '', help = ''] = row.split('|').map((cell) => cell.trim())
    return { name: name.replaceAll('`', ''), type, help }
  })
}

function served(metrics: string): Row[] {
  const rows = metrics.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)
  return [...rows].map(([, name = '', help = '', type = '']) => ({ name, type, help }))
}

it('the table in docs/operating.md is what /metrics serves', async () => {
  const metrics = await createMetrics({ backlogs: async () => [] }).render()
  expect(documented()).toEqual(served(metrics))
})

it('the alerts in docs/operating.md are about metrics there are', () => {
  const names = new Set(documented().map(({ name }) => name))
  const [, rules = ''] = /```yaml\n(# carillon-rules\.yml[^]*?)```/.exec(text) ?? []
  const { groups } = parse(rules) as { groups: { rules: { expr: string }[] }[] }
  const used = groups.flatMap((group) => group.rules).flatMap(({ expr }) => expr.match(/carillon_\w+/g) ?? [])
  expect(used.map((name) => name.replace(/_bucket$/, '')).filter((name) => !names.has(name))).toEqual([])
  expect(used).toContain('carillon_oldest_due_push_age_seconds')
})
