import { expect, it } from 'vitest'
import { batch } from '../index.ts'

it('lets one item go alone', async () => {
  const batches: number[][] = []
  const double = batch(async (items: number[]) => (batches.push(items), items.map((item) => item * 2)), {
    max: 10,
    concurrency: 1,
  })
  expect(await double(1)).toBe(2)
  expect(batches).toEqual([[1]])
})

it('lets items of one instant travel together, and answers each with its own', async () => {
  const batches: number[][] = []
  const double = batch(async (items: number[]) => (batches.push(items), items.map((item) => item * 2)), {
    max: 10,
    concurrency: 1,
  })
  expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6])
  expect(batches).toEqual([[1, 2, 3]])
})

it('splits what is more than a batch may hold', async () => {
  const sizes: number[] = []
  const pass = batch(async (items: number[]) => (sizes.push(items.length), items), { max: 4, concurrency: 8 })
  await Promise.all(Array.from({ length: 10 }, (_, index) => pass(index)))
  expect(sizes).toEqual([4, 4, 2])
})

it('gathers while as many batches run as may', async () => {
  const sizes: number[] = []
  const first = Promise.withResolvers<void>()
  const pass = batch(
    async (items: number[]) => {
      sizes.push(items.length)
      await first.promise
      return items
    },
    { max: 10, concurrency: 1 },
  )
  const one = pass(0)
  await new Promise(setImmediate)
  const rest = [1, 2, 3].map(pass)
  await new Promise(setImmediate)
  expect(sizes).toEqual([1])
  first.resolve()
  await Promise.all([one, ...rest])
  expect(sizes).toEqual([1, 3])
})

it('fails the items of a batch that failed, and no others', async () => {
  const pass = batch(
    async (items: string[]) => {
      if (items.includes('bad')) throw new Error('a bad batch')
      return items
    },
    { max: 2, concurrency: 1 },
  )
  const results = await Promise.allSettled(['good', 'bad', 'fine'].map(pass))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
})

it('runs as many batches of one tick at once as may run', async () => {
  const begun: number[][] = []
  const run = batch(
    (items: number[]) => {
      begun.push(items)
      return new Promise<number[]>(() => {})
    },
    { max: 2, concurrency: 2 },
  )
  for (const item of [1, 2, 3, 4, 5]) void run(item)
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
  expect(begun).toEqual([
    [1, 2],
    [3, 4],
  ])
})
