import { messageFormat, UnreadableMessage } from '@carillon/contract'
import { faultListener } from '@carillon/telemetry'
import { silentLogger } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'

const FORMAT = messageFormat('note', z.object({ text: z.string() }), 2)

describe('a message format', () => {
  it('writes its version, and reads what it wrote', () => {
    expect(FORMAT.write({ text: 'a' })).toBe('{"v":2,"text":"a"}')
    expect(FORMAT.read(FORMAT.write({ text: 'a' }))).toEqual({ text: 'a' })
  })

  it('reads older versions, one without a number, and fields that are new', () => {
    expect(FORMAT.read('{"text":"a"}')).toEqual({ text: 'a' })
    expect(FORMAT.read('{"v":1,"text":"a","colour":"red"}')).toEqual({ text: 'a' })
  })

  it.each([
    ['{"v":3,"text":"a"}', 'version'],
    ['{"v":"1","text":"a"}', 'version'],
    ['{"text":1}', 'shape'],
    ['{"__proto__":{"text":"a"}}', 'shape'],
    ['null', 'shape'],
    ['[]', 'shape'],
    ['', 'json'],
    ['{"text":"a"', 'json'],
    ['x'.repeat(32 * 1024 * 1024 + 1), 'length'],
  ])('does not read %.30s', (text, reason) => {
    expect(() => FORMAT.read(text)).toThrow(expect.objectContaining({ kind: 'note', reason }))
    const faults: unknown[] = []
    expect(FORMAT.tryRead(text, (error) => faults.push(error))).toBeUndefined()
    expect(faults).toEqual([expect.any(UnreadableMessage)])
  })
})

describe('messages that were dropped', () => {
  it('are counted each and logged once for each kind, without what they say', () => {
    const lines: [string, object][] = []
    const counted: string[] = []
    const log = {
      ...silentLogger,
      warn: (fields: object) => void lines.push(['warn', fields]),
      error: (fields: object) => void lines.push(['error', fields]),
    }
    const heard = faultListener(log, (kind) => counted.push(kind))
    for (const text of ['secret', 'secret', '{"v":3}']) FORMAT.tryRead(text, heard)
    const mistake = new TypeError('secret')
    heard(mistake)
    heard(mistake)
    heard('thrown')
    expect(counted).toEqual(['note', 'note', 'note', 'handler', 'handler', 'handler'])
    expect(lines).toEqual([
      ['warn', { kind: 'note', reason: 'json' }],
      ['warn', { kind: 'note', reason: 'version' }],
      ['error', { stack: expect.stringMatching(/^TypeError\n +at .*message\.test\.ts/) }],
      ['error', { stack: 'unknown' }],
    ])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })
})
