import { frame, FrameError, FrameReader, LONGEST_FRAME } from '@carillon/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

/** What a reader makes of bytes, cut at these places. */
function readAll(bytes: Buffer, cuts: number[] = []): string[] {
  const reader = new FrameReader()
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].toSorted((a, b) => a - b)
  return places.slice(1).flatMap((end, index) => [...reader.read(bytes.subarray(places[index], end))])
}

const cuts = fc.array(fc.nat(), { maxLength: 20 })

describe('frames', () => {
  it('are read however they were cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 10 }), cuts, (texts, places) => {
        const bytes = Buffer.from(texts.map(frame).join(''))
        expect(readAll(bytes, places)).toEqual(texts.map((text) => Buffer.from(text).toString()))
      }),
    )
  })

  it('may be simple strings', () => {
    expect(readAll(Buffer.from('+one\r\n$3\r\ntwo\r\n+\r\n$0\r\n\r\n'), [3, 5, 6, 9])).toEqual(['one', 'two', '', ''])
  })

  it('are read byte by byte', () => {
    const bytes = Buffer.from(`${frame('x'.repeat(5000))}+${'y'.repeat(5000)}\r\n`)
    expect(readAll(bytes, [...bytes.keys()])).toEqual(['x'.repeat(5000), 'y'.repeat(5000)])
  })

  it('of any bytes are read or refused, and nothing else happens', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.constantFrom('$', '+', '\r\n', '5', '-1', '$5\r\n', '*1\r\n'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), cuts, (pieces, places) => {
        const bytes = Buffer.concat(pieces.map((one) => Buffer.from(one as string)))
        try {
          return Array.isArray(readAll(bytes, places))
        } catch (error) {
          return error instanceof FrameError
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    '*1\r\n$4\r\nPING\r\n',
    '-error\r\n',
    ':1\r\n',
    'hello',
    '$-1\r\n',
    '$1e3\r\n',
    '$ 3\r\nabc\r\n',
    '$\r\n',
    '$3\r\nabcd\r\n',
    '$3\r\nabc\n\r',
    `$${LONGEST_FRAME + 1}\r\n`,
    `$${'0'.repeat(50)}`,
    `+${'x'.repeat(LONGEST_FRAME + 1)}`,
  ])('%.20j… are refused', (text) => {
    expect(() => readAll(Buffer.from(text))).toThrow(FrameError)
  })

  it('may be longer once the reader lets them', () => {
    const reader = new FrameReader(3)
    const texts = reader.read(Buffer.from(frame('abc') + frame('abcd')))
    expect(texts.next().value).toBe('abc')
    reader.longest = 4
    expect(texts.next().value).toBe('abcd')
    expect(() => [...new FrameReader(3).read(Buffer.from(frame('abcd')))]).toThrow('at most 3 bytes')
  })

  it('take the longest there may be', () => {
    const longest = 'x'.repeat(LONGEST_FRAME)
    expect(readAll(Buffer.from(frame(longest)), [1000, 2000])).toEqual([longest])
  })
})

describe('memory', () => {
  it('is bounded by the frame that is under way, whatever comes before it is finished', () => {
    const reader = new FrameReader()
    const before = process.memoryUsage().arrayBuffers
    reader.read(Buffer.from(`$${LONGEST_FRAME}\r\n`)).next()
    const some = Buffer.alloc(10, 'x')
    for (let sent = 0; sent < LONGEST_FRAME - 10; sent += 10) reader.read(some).next()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * LONGEST_FRAME)
  })
})
