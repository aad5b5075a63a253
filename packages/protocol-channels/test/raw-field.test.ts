import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rawField } from '../socket/frame.ts'

describe('a field as it was written', () => {
  it.each([
    ['{"data":12345678901234567890}', '12345678901234567890'],
    ['{ "a" : "}" , "data" : { "b" : [1.0, "]\\"," , {}] } }', '{ "b" : [1.0, "]\\"," , {}] }'],
    ['{"data":1,"data" : "two"}', '"two"'],
    ['{"d\\u0061ta":[[]]}', '[[]]'],
    ['{"x":{"data":1}}', undefined],
    ['{}', undefined],
  ])('of %s is %s', (text, raw) => {
    expect(rawField(text, 'data')).toBe(raw)
  })

  it('is what JSON.parse makes of it, whatever the object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), fc.nat(4), (others, data, indent) => {
        const text = JSON.stringify({ ...others, data }, null, indent)
        expect(JSON.parse(rawField(text, 'data')!)).toEqual(JSON.parse(JSON.stringify(data)))
      }),
    )
  })
})
