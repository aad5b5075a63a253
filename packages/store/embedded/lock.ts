import { rmSync, writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A booting owner does not answer yet; embedded Postgres takes about 4 s. */
const BOOT_MS = 10_000

/** Thrown when another process owns the data directory. */
export class DataDirInUse extends Error {
  override readonly name = 'DataDirInUse'
}

/**
 * Makes this process the owner of a data directory. The pid file says who; only a socket that
 * answers, or a live process that may still be booting, is believed: pids come back after a restart.
 * @returns releases the directory.
 */
export async function lockDataDir(dataDir: string, socket: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'carillon.pid')
  while (!writePid(file)) {
    const owner = Number(await readFile(file, 'utf8').catch(() => '')) || 0
    if (await isOwned(owner, socket)) throw new DataDirInUse(inUse(dataDir, owner))
    await rm(file, { force: true })
  }
  rmSync(socket, { force: true })
  return () => rm(file, { force: true })
}

function writePid(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function isOwned(pid: number, socket: string): Promise<boolean> {
  const deadline = Date.now() + BOOT_MS
  while (isAlive(pid) && Date.now() < deadline) {
    if (await answers(socket)) return true
    await pause(200)
  }
  return answers(socket)
}

/** In a container this process may have the pid that the dead owner had. */
function isAlive(pid: number): boolean {
  if (pid === 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket)
    const end = (answered: boolean) => () => {
      probe.destroy()
      resolve(answered)
    }
    probe.once('connect', end(true)).once('error', end(false))
  })
}

function inUse(dataDir: string, pid: number): string {
  return `The data directory ${dataDir} is in use by process ${pid}. Stop that one first, or set DATA_DIR to another directory.`
}
