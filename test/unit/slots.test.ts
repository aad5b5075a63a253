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
  slots.ended()
  slots.recorded()
  expect(await waiting).toMatchObject({ pushes: 1 })
})

it('serves who is urgent before who is patient', async () => {
  const slots = new Slots({ size: 1 })
  await slots.acquire(1)
  const order: string[] = []
  const patient = slots.acquire(1, true).then(() => order.push('patient'))
  const urgent = slots.acquire(1).then(() => order.push('urgent'))
  slots.ended()
  slots.recorded()
  await urgent
  slots.ended()
  slots.recorded()
  await patient
  expect(order).toEqual(['urgent', 'patient'])
})

it('sends home all who wait and all who come once it is drained', async () => {
  const slots = new Slots({ size: 1 })
  await slots.acquire(1)
  const waiting = slots.acquire(1)
  slots.drain()
  expect(await waiting).toMatchObject({ pushes: 0 })
  slots.ended()
  slots.recorded()
  expect(await slots.acquire(1)).toMatchObject({ pushes: 0 })
})

it('grants together what comes back in one tick', async () => {
  const slots = new Slots({ size: 3 })
  await slots.acquire(3)
  const waiting = slots.acquire(9)
  for (let call = 0; call < 3; call++) {
    slots.ended()
    slots.recorded()
  }
  expect(await waiting).toMatchObject({ pushes: 3 })
})

it('grants what came back once its outcomes are on their way', async () => {
  const slots = new Slots({ size: 1 })
  await slots.acquire(1)
  const order: string[] = []
  const waiting = slots.acquire(1).then(() => order.push('granted'))
  slots.ended()
  slots.recorded()
  setImmediate(() => order.push('outcomes of the tick'))
  await waiting
  expect(order).toEqual(['outcomes of the tick', 'granted'])
})

it('lets calls begin while outcomes are being recorded, but not while more wait for that than may run', async () => {
  const slots = new Slots({ size: 2 })
  for (let round = 0; round < 2; round++) {
    expect(await slots.acquire(2)).toMatchObject({ pushes: 2 })
    slots.ended()
    slots.ended()
  }
  const begun: number[] = []
  const next = slots.acquire(2).then(({ pushes }) => begun.push(pushes))
  await new Promise(setImmediate)
  expect(begun).toEqual([])
  slots.recorded()
  await next
  expect(begun).toEqual([1])
})
