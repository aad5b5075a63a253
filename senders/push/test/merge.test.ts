import { expect, it } from 'vitest'
import { mergeOver } from '../merge.ts'

it('merges a raw object at every depth, and removes what it sets to null', () => {
  const built = { aps: { alert: { title: 'a' }, sound: 'default' }, url: 'u' }
  expect(mergeOver(built, { aps: { alert: { body: 'b' }, sound: null }, url: ['x'], more: { deep: null } })).toEqual({
    aps: { alert: { title: 'a', body: 'b' } },
    url: ['x'],
    more: {},
  })
  expect(built.aps.sound).toBe('default')
})
