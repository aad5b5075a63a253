import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { isFresh } from '../../scripts/bundle.mjs'

const maker = fileURLToPath(new URL('../../scripts/make-bundle.mjs', import.meta.url))

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

it('bundles that are made at once, over an older one that a process still loads, leave all of them whole', async () => {
  const root = mkdtempSync(join(tmpdir(), 'carillon-bundle-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const entry = join(root, 'node_modules/.cache/carillon/main.js')
  const source = (name: string) => join(root, 'apps/cli', name)
  mkdirSync(source(''), { recursive: true })
  writeFileSync(source('main.ts'), `export const part = () => import('./part.ts')`)
  const make = async (text: string) => {
    writeFileSync(source('part.ts'), `export const text = ${JSON.stringify(text)}`)
    const made = () => promisify(execFile)(process.execPath, [maker, root, entry])
    await Promise.all([made(), made(), made()])
    return (await import(`${pathToFileURL(entry).href}?${text}`)) as { part(): Promise<{ text: string }> }
  }
  const older = await make('older')
  const newer = await make('newer')
  expect([await older.part(), await newer.part()]).toMatchObject([{ text: 'older' }, { text: 'newer' }])
})
