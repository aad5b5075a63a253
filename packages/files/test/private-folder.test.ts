import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { privateFolder, replacePrivateFile, writePrivateFile } from '@carillon/files'
import { describe, expect, it } from 'vitest'
import { emptyFolder } from '../../../test/services/carillon.ts'
import { isRoot } from '../../../test/services/machine.ts'
import { unprivileged } from '../../../test/services/unprivileged.ts'

/** Closes the folder of its argument, as a user who does not own it, and prints what comes of it. */
const asAnother = `
  import { privateFolder } from '${import.meta.resolve('@carillon/files')}'
  try { console.log(privateFolder(process.argv[1])) } catch (error) { console.log(String(error)) }`

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('a private folder', () => {
  it('is made with its parents, for this user alone', async () => {
    const folder = join(await emptyFolder(), 'a', 'b')
    expect(privateFolder(folder)).toBeUndefined()
    expect([modeOf(folder), modeOf(join(folder, '..'))]).toEqual(['700', '700'])
    expect(privateFolder(folder)).toBeUndefined()
  })

  it.each([0o755, 0o777, 0o750, 0o701])('that was open, mode %o, is closed, and that is told once', async (mode) => {
    const folder = await emptyFolder()
    chmodSync(folder, mode)
    const sentence = `The folder ${folder} was open to other users of this machine (mode 0${mode.toString(8)}). Carillon has closed it.`
    expect(privateFolder(folder)).toBe(sentence)
    expect(modeOf(folder)).toBe('700')
    expect(privateFolder(folder)).toBeUndefined()
  })

  it('cannot be a file, be below one, or a link that leads nowhere', async () => {
    const parent = await emptyFolder()
    const [file, link] = [join(parent, 'file'), join(parent, 'link')]
    writeFileSync(file, 'mine')
    symlinkSync(join(parent, 'nowhere', 'at', 'all'), link)
    expect(() => privateFolder(file)).toThrow(`The folder ${file} cannot be used: it is a file.`)
    expect(() => privateFolder(join(file, 'x', 'y'))).toThrow('part of its path is a file')
    expect(() => privateFolder(link)).toThrow('it is a link to nothing')
    expect(() => privateFolder(join(link, 'x'))).toThrow('it is a link to nothing')
  })

  it.skipIf(!isRoot)(
    'of another user is refused if everybody can change it, and told if others can read it',
    async () => {
      const folder = await emptyFolder()
      const said = (mode: number) => {
        chmodSync(folder, mode)
        return execFileSync(process.execPath, ['--input-type=module', '-e', asAnother, folder], {
          ...unprivileged('Node'),
          encoding: 'utf8',
        })
      }
      expect(said(0o777)).toMatch(/^SetupError: .* \(mode 0777\) and belongs to another user: choose a folder/)
      expect(said(0o755)).toMatch(
        /^The folder .* \(mode 0755\) and belongs to another user\. The files that Carillon writes/,
      )
    },
  )

  it.skipIf(process.platform !== 'linux')('in a folder in which nothing can be made is told', () => {
    expect(() => privateFolder('/proc/carillon/data')).toThrow('cannot be used')
  })
})

describe('a private file', () => {
  it('is for this user alone, also in the place of one that was not', async () => {
    const folder = await emptyFolder()
    const [slow, fast] = [join(folder, 'slow'), join(folder, 'fast')]
    for (const path of [slow, fast]) writeFileSync(path, 'old', { mode: 0o644 })
    await writePrivateFile(slow, join(folder, '.unfinished'), 'new')
    replacePrivateFile(fast, 'new')
    expect([modeOf(slow), modeOf(fast)]).toEqual(['600', '600'])
  })

  it('follows no link that somebody left in its place', async () => {
    const folder = await emptyFolder()
    const target = join(folder, 'of-another')
    mkdirSync(join(folder, 'links'))
    writeFileSync(target, 'untouched')
    symlinkSync(target, join(folder, 'links', 'pid.new'))
    replacePrivateFile(join(folder, 'links', 'pid'), '42')
    expect(statSync(target).size).toBe('untouched'.length)
  })
})
