import { mkdirSync, mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isFresh } from '../../scripts/bundle.mjs'

describe('a bundle is fresh', () => {
  let root = ''
  const at = (path: string) => join(root, path)
  const touch = (path: string, seconds: number) => utimesSync(at(path), seconds, seconds)
  const fresh = () => isFresh(root, at('main.js'))

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'carillon-bundle-'))
    for (const file of [
      'apps/cli/main.ts',
      'packages/core/core.ts',
      'senders/mail/mail.ts',
      'node_modules/.package-lock.json',
      'main.js',
    ]) {
      mkdirSync(dirname(at(file)), { recursive: true })
      writeFileSync(at(file), '')
      touch(file, 1000)
    }
    for (const folder of ['apps', 'apps/cli', 'packages', 'packages/core', 'senders', 'senders/mail'])
      touch(folder, 1000)
    touch('main.js', 2000)
  })
  afterEach(() => rmSync(root, { recursive: true }))

  it('while it is newer than its sources and what is installed', () => {
    expect(fresh()).toBe(true)
  })

  it.each(['apps/cli/main.ts', 'packages/core/core.ts', 'senders/mail/mail.ts', 'node_modules/.package-lock.json'])(
    'no longer once %s is as new',
    (file) => {
      touch(file, 2000)
      expect(fresh()).toBe(false)
    },
  )

  it('no longer once a source is gone', () => {
    unlinkSync(at('packages/core/core.ts'))
    expect(fresh()).toBe(false)
  })

  it('not before it is there', () => {
    unlinkSync(at('main.js'))
    expect(fresh()).toBe(false)
  })
})
