import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Carillon, carillon } from './carillon.ts'

const AT_ONCE = 4

/** Starts a server that makes its database, or opens it, in this folder. */
export async function startOn(dataDir: string): Promise<Carillon> {
  return carillon(['start', '--port', '0', '--data-dir', dataDir])
}

/** Starts several at once, of which one must serve and the others name it. */
export async function raceFor(dataDir: string): Promise<Carillon> {
  const all = await Promise.all(Array.from({ length: AT_ONCE }, () => startOn(dataDir)))
  const owner = await Promise.any(all.map((each) => each.says(/listens on/).then(() => each)))
  const others = all.filter((each) => each !== owner)
  for (const other of others) {
    expect(await other.exit()).toBe(1)
    expect(other.said()).toContain(`is in use by process ${owner.process.pid}.`)
  }
  expect(owner.process.exitCode).toBeNull()
  expect(await readFile(join(dataDir, 'carillon.pid'), 'utf8')).toBe(String(owner.process.pid))
  return owner
}

/** Whether a first start is in the middle of making its database. */
export function isMaking(dataDir: string): boolean {
  return existsSync(join(dataDir, 'postgres.making', 'base'))
}
