import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { lockDataDir } from '../../packages/store/embedded/lock.ts'
import { emptyFolder } from '../services/carillon.ts'

const program = join(import.meta.dirname, '../fixtures/processes/locks-folders.ts')
const ROUNDS = 50
const AT_ONCE = 4

interface Contender {
  process: ChildProcess
  pid: number
  /** Tries all folders, and says for each 'mine' or why not. */
  tries(): Promise<string[]>
  ends(signal: NodeJS.Signals): Promise<void>
}

async function contender(folders: string[]): Promise<Contender> {
  const child = spawn(process.execPath, [program, ...folders], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ends = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }
  onTestFinished(() => ends('SIGKILL'))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  await lines.next()
  const tries = async () => {
    child.stdin.write('\n')
    return JSON.parse((await lines.next()).value ?? '[]') as string[]
  }
  return { process: child, pid: child.pid!, tries, ends }
}

const contenders = (folders: string[]) => Promise.all(Array.from({ length: AT_ONCE }, () => contender(folders)))

/** Of each of many folders, where a predecessor may have left its pid file: one of a dead process, or of a stranger. */
async function manyFolders(): Promise<string[]> {
  const parent = await emptyFolder()
  return Array.from({ length: ROUNDS }, (_, round) => {
    const folder = join(parent, String(round))
    mkdirSync(folder)
    const left = [undefined, '999999', '', String(process.ppid)][round % 4]
    if (left !== undefined) writeFileSync(join(folder, 'carillon.pid'), left)
    return folder
  })
}

it('one of many that lock a folder at once has it, and the others name that one', async () => {
  const folders = await manyFolders()
  const all = await contenders(folders)
  const results = await Promise.all(all.map(({ tries }) => tries()))
  folders.forEach((folder, round) => {
    const winners = all.filter((_, index) => results[index]![round] === 'mine')
    expect(winners).toHaveLength(1)
    const { pid } = winners[0]!
    expect(readFileSync(join(folder, 'carillon.pid'), 'utf8')).toBe(String(pid))
    expect(readdirSync(folder).toSorted()).toEqual(['carillon.lock', 'carillon.pid'])
    const others = results.map((each) => each[round]).filter((result) => result !== 'mine')
    expect(others).toEqual(Array(AT_ONCE - 1).fill(expect.stringContaining(`in use by process ${pid}.`)))
  })
})

it('an owner that is stopped keeps its folder, and one that is killed leaves it to one other', async () => {
  const folders = await manyFolders()
  const owner = await contender(folders)
  expect(new Set(await owner.tries())).toEqual(new Set(['mine']))
  owner.process.kill('SIGSTOP')
  const refused = await contender(folders)
  expect(new Set(await refused.tries())).toEqual(
    new Set(folders.map((folder) => expect.stringContaining(`${folder} is in use by process ${owner.pid}.`) as string)),
  )
  await owner.ends('SIGKILL')
  const results = await Promise.all((await contenders(folders)).map(({ tries }) => tries()))
  for (const round of folders.keys()) expect(results.filter((each) => each[round] === 'mine')).toHaveLength(1)
})

it('a folder has one lock by whatever path, also within one process, until it is released', async () => {
  const folder = await emptyFolder()
  const link = join(await emptyFolder(), 'link')
  symlinkSync(folder, link)
  const lock = await lockDataDir(folder)
  for (const mode of ['carillon.lock', 'carillon.pid'].map((name) => statSync(join(folder, name)).mode & 0o777))
    expect(mode).toBe(0o600)
  await expect(lockDataDir(link)).rejects.toThrow(
    `in use by this process, or process ${process.pid} of another container. Call connect once`,
  )
  const [other] = await (await contender([link])).tries()
  expect(other).toContain(`in use by process ${process.pid}.`)
  lock.release()
  const again = await lockDataDir(link)
  again.release()
})

it('an invalid lock file is reported', async () => {
  const folder = await emptyFolder()
  writeFileSync(join(folder, 'carillon.lock'), 'x'.repeat(4096))
  const error: unknown = await lockDataDir(folder).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ name: 'SetupError', message: expect.stringContaining('is damaged') as string })
})
