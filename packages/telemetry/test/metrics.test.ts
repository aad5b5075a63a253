import { createMetrics } from '@carillon/telemetry'
import { expect, it } from 'vitest'

const nothing = async () => []

it('each process counts in a registry of its own', async () => {
  const [one, other] = [createMetrics({ backlogs: nothing }), createMetrics({ backlogs: nothing })]
  one.observer.accepted({ push: '1', app: 1, sender: 'bell' })
  expect(await one.render()).toContain('carillon_pushes_accepted_total{sender="bell"} 1')
  expect(await other.render()).not.toContain('sender="bell"')
})

it('made-up names of senders do not grow it for ever', async () => {
  const { observer, render } = createMetrics({ backlogs: nothing })
  for (let count = 0; count < 1000; count++) observer.accepted({ push: '1', app: 1, sender: `made-up-${count}` })
  const lines = (await render()).split('\n').filter((line) => line.startsWith('carillon_pushes_accepted_total{'))
  expect(lines).toHaveLength(201)
  expect(lines).toContain('carillon_pushes_accepted_total{sender="(other)"} 800')
})

it('says that the database is away, and leaves out what only that knows', async () => {
  const { observer, render } = createMetrics({ backlogs: async () => null })
  observer.accepted({ push: '1', app: 1, sender: 'bell' })
  const text = await render()
  expect(text).toContain('carillon_database_up 0')
  expect(text).toContain('carillon_pushes_accepted_total{sender="bell"} 1')
  expect(text).not.toMatch(/^carillon_pushes_waiting\{/m)
})
