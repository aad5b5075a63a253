import { defineSender, freezeDeeply, type Push } from '@carillon/contract'
import { exampleContext } from '@carillon/testkit'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'

const options = z.object({})
const data = z.object({ text: z.string(), times: z.number().default(1) })

describe('defineSender', () => {
  it('gives send the output of the schema as the type of its data', async () => {
    const stored = z.object({ text: z.string(), times: z.coerce.number() })
    const definition = defineSender({
      name: 'chime',
      options,
      data,
      create: () => ({
        data: stored,
        async send(push) {
          expectTypeOf(push).toEqualTypeOf<Push<{ text: string; times: number }>>()
        },
        async sendBatch(pushes) {
          expectTypeOf(pushes).toEqualTypeOf<Push<{ text: string; times: number }>[]>()
          return []
        },
        address({ data: unread }) {
          expectTypeOf(unread).toBeUnknown()
          return null
        },
      }),
    })
    expect(definition.data).toBe(data)
    expect(await definition.create({}, exampleContext())).toMatchObject({ name: 'chime', data: stored })
  })

  it('knows nothing about the data of a sender without a schema', async () => {
    const definition = defineSender({
      name: 'chime',
      options,
      async create() {
        return { send: async (push) => void expectTypeOf(push).toEqualTypeOf<Push>() }
      },
    })
    expect(await definition.create({}, exampleContext())).not.toHaveProperty('data')
  })

  it('needs no options', async () => {
    const definition = defineSender({
      name: 'chime',
      data,
      create(none, { log }) {
        expectTypeOf(none).toEqualTypeOf<Record<string, never>>()
        log.info(none)
        return { send: async (push) => void expectTypeOf(push.data.text).toBeString() }
      },
    })
    await definition.check?.({ ANYTHING: '1' })
    expect(await definition.create({ ANYTHING: '1' }, exampleContext())).toMatchObject({ name: 'chime', data })
  })

  it('refuses a schema for stored data whose output is another', () => {
    const send = async () => {}
    // @ts-expect-error its text may be absent, which `send` does not expect
    defineSender({ name: 'chime', options, data, create: () => ({ send, data: data.partial() }) })
  })
})

describe('freezeDeeply', () => {
  it('freezes lists and plain objects at every depth, also where they contain themselves', () => {
    const value = { list: [{ n: 1 }], self: {} as unknown }
    value.self = value
    expect(freezeDeeply(value)).toBe(value)
    expect([value, value.list, value.list[0]].map(Object.isFrozen)).toEqual([true, true, true])
  })

  it('leaves other objects as they are', () => {
    const bytes = new Uint8Array(2)
    const when = new Date(0)
    freezeDeeply({ bytes, when })
    expect([bytes, when].map(Object.isFrozen)).toEqual([false, false])
    expect(freezeDeeply('text')).toBe('text')
  })

  it('takes data of any depth', () => {
    const depth = 100_000
    const value = JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown[]
    expect(Object.isFrozen(freezeDeeply(value))).toBe(true)
  })
})
