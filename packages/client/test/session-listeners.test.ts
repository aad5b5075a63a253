import { expect, it, vi } from 'vitest'
import { Listeners } from '../sessions/join/room.ts'

it('a listener that throws takes nothing from the others, and its error is not swallowed', () => {
  const listeners = new Listeners()
  const heard: string[] = []
  listeners.add('reconnected', () => {
    throw new Error('of the first')
  })
  listeners.add('reconnected', ({ connectionId }) => heard.push(connectionId))
  const later: (() => void)[] = []
  vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((thrower) => later.push(thrower))
  listeners.emit('reconnected', { connectionId: 'c' })
  vi.restoreAllMocks()
  expect(heard).toEqual(['c'])
  expect(later).toHaveLength(1)
  expect(() => later[0]!()).toThrow('of the first')
})
