import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { SetupError } from '@carillon/contract'
import { replacePrivateFile } from '@carillon/files'
import { DataDirInUseError } from './boot.ts'

const LOCK_FILE = 'carillon.lock'
const PID_FILE = 'carillon.pid'

/** An owner that is just ending gets a moment, and one that has just begun writes its pid meanwhile. */
const TIMEOUT_MS = 1000
const AGAIN_MS = 50

const PRIVATE_FILE = 0o600
/** The low byte of SQLite's result codes. */
const SQLITE = { PERM: 3, BUSY: 5, READONLY: 8, CANTOPEN: 14, NOTADB: 26 }

/** Held by this process until it is released or the process ends, however that ends. */
export interface DataDirLock {
  release(): void
}

/**
 * Makes this process the owner of a data directory. The lock is the kernel's, which Node itself offers only through
 * SQLite: an exclusive transaction on an empty file. So it ends with its process and never before, however long that
 * boots or is stopped; and it is one lock whatever path or container the folder is reached by. The pid file only shows
 * people who the owner is.
 *
 * A process must never open the lock file otherwise: when any of its handles is closed, the lock is gone.
 * @throws SetupError that names the owner.
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const deadline = Date.now() + TIMEOUT_MS
  for (;;) {
    const lock = tryLock(join(dataDir, LOCK_FILE))
    if (lock) return owned(lock, join(dataDir, PID_FILE))
    if (Date.now() > deadline) throw inUse(dataDir)
    await pause(AGAIN_MS)
  }
}

function tryLock(path: string): DatabaseSync | undefined {
  let lock: DatabaseSync | undefined
  try {
    // not imported: a Node that lacks the module could then not even say that it is too old
    const sqlite = process.getBuiltinModule('node:sqlite')
    lock = new sqlite.DatabaseSync(path, { timeout: 0 })
    // Node forbids to switch the journal off; a file would be left behind by a kill
    lock.exec('pragma journal_mode = memory; begin exclusive')
    chmodSync(path, PRIVATE_FILE)
    return lock
  } catch (error) {
    lock?.close()
    if (resultCode(error) === SQLITE.BUSY) return undefined
    throw lockTrouble(path, error)
  }
}

function owned(lock: DatabaseSync, pidFile: string): DataDirLock {
  try {
    replacePrivateFile(pidFile, String(process.pid))
  } catch (error) {
    lock.close()
    throw error
  }
  return {
    release() {
      rmSync(pidFile, { force: true })
      lock.close()
    },
  }
}

export function inUse(dataDir: string): DataDirInUseError {
  const pid = Number(readText(join(dataDir, PID_FILE)))
  if (pid !== process.pid) return new DataDirInUseError(dataDir, ownerOf(pid))
  // Processes of two containers may have one number: mostly 1.
  const owner = `this process, or process ${pid} of another container`
  const remedy = 'Call connect once and share its result, stop the other container, or choose another directory.'
  return new DataDirInUseError(dataDir, owner, remedy)
}

/** The pid file may be old, or of another container, whose processes have other numbers. */
function ownerOf(pid: number): string {
  if (!Number.isInteger(pid) || pid <= 0) return 'another process'
  return isAlive(pid) ? `process ${pid}` : `a process of another container or machine, in which it is process ${pid}`
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
}

function lockTrouble(path: string, cause: unknown): Error {
  const code = resultCode(cause)
  if (code === undefined) return cause as Error
  if (code === SQLITE.NOTADB) {
    const sentence = `The lock file ${path} is damaged: make sure that no other process uses its folder, then remove the file.`
    return new SetupError(sentence, { cause })
  }
  const forbidden = [SQLITE.PERM, SQLITE.READONLY, SQLITE.CANTOPEN].includes(code)
  const why = forbidden ? 'this user may not write it' : (cause as Error).message
  return new SetupError(
    `The lock file ${path} cannot be locked (${why}): start Carillon as the user who owns the file, or set DATA_DIR to a directory on a disk that supports file locks.`,
    { cause },
  )
}
