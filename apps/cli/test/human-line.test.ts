import { expect, it } from 'vitest'
import { humanLine } from '../logger.ts'

it('a line is written even if its fields have the names of the standard ones', () => {
  const line = humanLine('{"level":"info","time":"2026-01-02T03:04:05Z","level":7,"time":[],"err":null,"msg":"hello"}')
  expect(line).toMatch(/ 7 +hello/)
})
