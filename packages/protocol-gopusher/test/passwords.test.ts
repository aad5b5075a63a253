import { performance } from 'node:perf_hooks'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readCredentials } from '../accounts/gatekeeper.ts'
import { Hashing, Passwords } from '../accounts/passwords.ts'

function passwords(): Passwords {
  const opened = new Passwords()
  onTestFinished(() => opened.stop())
  return opened
}

describe("GoPusher's passwords", () => {
  it('are hashed with a salt each, and only the right one is right', async () => {
    const own = passwords()
    const [one, other] = await Promise.all([own.hash('pässwort'), own.hash('pässwort')])
    expect(one).not.toBe(other)
    const right = await Promise.all([one, other].map((hash) => own.isRight('pässwort', hash)))
    const wrong = await Promise.all(['', 'passwort', 'pässwort '].map((password) => own.isRight(password, one)))
    expect([right, wrong]).toEqual([
      [true, true],
      [false, false, false],
    ])
    expect(await own.isRight('pässwort', 'no hash')).toBe(false)
  })

  it('that were right are remembered for a minute, those that were wrong are not', async () => {
    const own = passwords()
    const hash = await own.hash('right')
    const compare = vi.spyOn(Hashing.prototype, 'compare')
    onTestFinished(() => compare.mockRestore())
    await Promise.all([own.isRight('right', hash), own.isRight('right', hash)])
    await own.isRight('right', hash)
    expect(compare).toHaveBeenCalledTimes(1)
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 61_000)
    onTestFinished(() => now.mockRestore())
    expect(await own.isRight('right', hash)).toBe(true)
    expect(compare).toHaveBeenCalledTimes(2)
    for (let each = 0; each < 2; each++) expect(await own.isRight('wrong', hash)).toBe(false)
    expect(compare).toHaveBeenCalledTimes(4)
    expect(await own.isRight('right', await own.hash('changed'))).toBe(false)
  })

  it('are not kept in memory', async () => {
    const own = passwords()
    const hash = await own.hash('in clear text')
    await own.isRight('in clear text', hash)
    const { inspect } = await import('node:util')
    expect(inspect(own, { depth: 9, showHidden: true })).not.toContain('in clear text')
  })

  it('that wait in too great a number are refused, until those before are done', async () => {
    const hashing = new Hashing()
    onTestFinished(() => hashing.stop())
    const waiting = Array.from({ length: 100 }, () => hashing.compare('x', 'no hash'))
    await expect(hashing.compare('x', 'no hash')).rejects.toMatchObject({ status: 503 })
    await Promise.all(waiting)
    expect(await hashing.compare('x', 'no hash')).toBe(false)
  })

  it('are hashed again after their thread has ended', async () => {
    const hashing = new Hashing()
    const stranded = hashing.hash('x')
    await Promise.all([expect(stranded).rejects.toThrow('The thread that hashes passwords ended.'), hashing.stop()])
    expect(await hashing.hash('x')).toMatch(/^\$2b\$10\$/)
    await hashing.stop()
  })
})

describe("GoPusher's credentials", () => {
  const encoded = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

  it.each([
    [encoded('ann:pass:word'), { account: 'ann', password: 'pass:word' }],
    [encoded('ännchen:☃').replace('Basic', 'bAsIc'), { account: 'ännchen', password: '☃' }],
    [encoded(':'), { account: '', password: '' }],
    [encoded('no colon'), undefined],
    ['Basic', undefined],
    ['Bearer x', undefined],
    [null, undefined],
  ])('of %s', (header, credentials) => {
    expect(readCredentials(header)).toEqual(credentials)
  })
})
