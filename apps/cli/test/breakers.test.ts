import { expect, it } from 'vitest'
import { watchedBreakers } from '../senders/breakers.ts'

const open = (transport: string) => () => ({ transport, outage: 'HTTP 503', openSince: 1, nextProbe: 2 })

it('shows 20 breakers of a sender that are open, and none that is watched no more', () => {
  const breakers = watchedBreakers()
  const unwatch = breakers.watch('sendpush', open('first'))
  breakers.watch('sendpush', () => null)
  breakers.watch('sendmail', open('SendGrid'))
  for (let host = 1; host <= 20; host++) breakers.watch('sendpush', open(`host ${host}`))
  const shown = () => breakers.open('sendpush').map(({ transport }) => transport)
  expect([shown().length, shown()[0]]).toEqual([20, 'first'])
  unwatch()
  expect([shown().length, shown()[0]]).toEqual([20, 'host 1'])
})

it('goes on when a sender cannot say how its breaker is', () => {
  const breakers = watchedBreakers()
  breakers.watch('bell', () => {
    throw new Error('a fault of the plugin')
  })
  breakers.watch('bell', open('the bell'))
  expect(breakers.open('bell')).toHaveLength(1)
})
