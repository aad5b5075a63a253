import type { StandardSchemaV1 } from '@carillon/contract'
import { expect, it, onTestFinished } from 'vitest'
import { Deadlines } from '../send/deadline.ts'
import { dataReader } from '../send/read-data.ts'

type Answer = ReturnType<StandardSchemaV1['~standard']['validate']>

/** A reader of data, and the values that its schema has been given. */
function reading(answer: (value: unknown) => Answer) {
  const given: unknown[] = []
  const validate = (value: unknown) => {
    given.push(value)
    return answer(value)
  }
  const read = dataReader({ name: 'chime', data: { '~standard': { version: 1, vendor: 'test', validate } } })!
  const deadline = new Deadlines(new AbortController().signal).open(5)
  onTestFinished(() => deadline.close())
  return { given, read: (raw: string) => read(raw, deadline) }
}

it('validates data once for pushes in a row with the same text, which share its value', async () => {
  const { given, read } = reading((value) => ({ value: { value } }))
  const [first, second] = await Promise.all([read('{"n":1}'), read('{"n":1}')])
  expect(first).toEqual({ data: { value: { n: 1 } } })
  expect([second, await read('{"n":1}')].map((each) => each === first)).toEqual([true, true])
  expect(given).toEqual([{ n: 1 }])
  await read('text')
  await read('{"n":1}')
  expect(given).toEqual([{ n: 1 }, 'text', { n: 1 }])
})

it('lets nobody change the value', async () => {
  const { read } = reading(() => ({ value: { list: ['a'] } }))
  const { data } = (await read('x')) as { data: { list: string[] } }
  expect(() => data.list.push('b')).toThrow(TypeError)
  expect(() => (data.list = [])).toThrow(TypeError)
})

it('asks a schema again that refused the data or failed', async () => {
  const answers: (() => Answer)[] = [
    () => ({ issues: [{ message: 'is unknown', path: ['n'] }] }),
    () => Promise.reject(new Error('no line')),
    () => ({ value: 'good' }),
  ]
  const { read } = reading(() => answers.shift()!())
  expect(await read('x')).toEqual({ invalid: 'data is invalid for chime: n: is unknown' })
  await expect(read('x')).rejects.toThrow('no line')
  expect(await read('x')).toEqual({ data: 'good' })
})

it('reads nothing for a sender without a schema', () => {
  expect(dataReader({ name: 'chime' })).toBeUndefined()
})
