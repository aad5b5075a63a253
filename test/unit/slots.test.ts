import { expect, it } from 'vitest'
import { Slots } from '../../packages/core/deliver/slots.ts'

it('gives what is free, up to what is asked', async () => {
  const slots = new Slots({ size: 5 })
  expect(await slots.acquire(3)).toMatchObject({ pushes: 3 })
  expect(await slots.acquire(9)).toMatchObject({ pushes: 2 })
})

it('lets others wait until one is released', async () => {
  const slots = new Slots({ size: 1 })
  await slots.acquire(1)
  const waiting = slots.acquire(4)
  slots.release(1)
  expect(await waiting).toMatchObject({ pushes: 1 })
})

it('serves who is urgent before who is patient', async () => {
  const slots = new Slots({ size: 1 })
  await slots.acquire(1)
  const order: string[] = []
  const patient = slots.acquire(1, true).then(() => order.push('patient'))
  const urgent = slots.acquire(1).then(() => order.push('urgent'))
  slots.release(1)
  await urgent
  slots.release(1)
  await patient
  expect(order).toEqual(['urgent', 'patient'])
})

it('sends home all who wait and all who come once it is drained', async () => {
  const slots = new Slots({ size: 1 })
  await slots.acquire(1)
  const waiting = slots.acquire(1)
  slots.drain()
  expect(await waiting).toMatchObject({ pushes: 0 })
  slots.release(1)
  expect(await slots.acquire(1)).toMatchObject({ pushes: 0 })
})
