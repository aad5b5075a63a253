import { type Pusher, referenceData, type StandardSchemaV1 } from '@carillon/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Deadlines } from '../send/deadline.ts'
import { dataReader } from '../send/read-data.ts'
import type { ReadEdition } from '../templates/editions.ts'
import { ann } from './delivering.ts'

type Answer = ReturnType<StandardSchemaV1['~standard']['validate']>

/** A reader of data, and the values that its schema has been given. */
function reading(answer: (value: unknown) => Answer, readEdition: ReadEdition = async () => undefined) {
  const given: unknown[] = []
  const validate = (value: unknown) => {
    given.push(value)
    return answer(value)
  }
  const schema: StandardSchemaV1 = { '~standard': { version: 1, vendor: 'test', validate } }
  const read = dataReader({ name: 'chime', data: schema }, readEdition)!
  const deadline = new Deadlines(new AbortController().signal).open(5)
  onTestFinished(() => deadline.close())
  return { given, read: (raw: string, pusher: Pusher = ann) => read({ app: 1, raw, pusher }, deadline) }
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
  expect(dataReader({ name: 'chime' }, async () => undefined)).toBeUndefined()
})

describe('of a push with a template', () => {
  const text = (data: string) => ({ data, strict: false, partials: new Map([['footer', 'x']]) })
  const app = { id: 1, name: 'shop' }
  const edition = {
    at: '7',
    app,
    category: null,
    texts: new Map([
      ['', text('"default"')],
      ['zh', text('"zh"')],
    ]),
  }
  const raw = referenceData({ template: 'welcome', at: '7', vars: { code: 1 } })

  it('is what was stored for the pusher, validated once, with what it renders with', async () => {
    const asked: unknown[] = []
    const { given, read } = reading(
      (value) => ({ value: { value } }),
      async (key) => {
        asked.push(key)
        return edition
      },
    )
    const template = { vars: { code: 1 }, app, partials: new Map([['footer', 'x']]) }
    const all = await Promise.all([read(raw), read(raw, { ...ann, locale: 'zh-CN' }), read(raw)])
    expect(all).toEqual([
      { data: { value: 'default' }, stored: { raw: '"default"', template } },
      { data: { value: 'zh' }, stored: { raw: '"zh"', template } },
      { data: { value: 'default' }, stored: { raw: '"default"', template } },
    ])
    expect(given).toEqual(['default', 'zh'])
    expect(asked[0]).toEqual({ app: 1, sender: 'chime', name: 'welcome', at: '7' })
  })

  it('follows the locale that was asked for', async () => {
    const { read } = reading(
      (value) => ({ value }),
      async () => edition,
    )
    const chosen = referenceData({ template: 'welcome', at: '7', vars: {}, locale: 'zh' })
    expect(await read(chosen)).toMatchObject({ data: 'zh' })
  })

  it('is invalid where there is no text for the pusher', async () => {
    const { read } = reading(
      (value) => ({ value }),
      async () => ({ ...edition, texts: new Map([['zh', text('1')]]) }),
    )
    expect(await read(raw, { ...ann, locale: 'de' })).toEqual({
      invalid: 'the template welcome has no text for the locale de',
    })
  })

  it('is validated again where the schema failed', async () => {
    const answers = [() => Promise.reject(new Error('no line')), () => ({ value: 'good' })]
    const { read } = reading(
      () => answers.shift()!(),
      async () => edition,
    )
    await expect(read(raw)).rejects.toThrow('no line')
    expect(await read(raw)).toMatchObject({ data: 'good' })
  })
})
