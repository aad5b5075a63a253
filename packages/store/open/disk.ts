import { statfsSync } from 'node:fs'
import { SetupError } from '@carillon/contract'
import { rootCause } from './faults.ts'

/** A new database takes 40 MB; an old one wants its next log segment, which is 16 MB, and without it dies. */
const LEAST_FREE_MB = 64
const MB = 1024 * 1024

/** ENOSPC of the file system in WebAssembly, by its own numbers. */
const NO_SPACE = 51

/** @throws SetupError before an embedded database is opened that would soon die of it. */
export function requireRoom(dataDir: string): void {
  const free = freeMb(dataDir)
  if (free < LEAST_FREE_MB) {
    throw new SetupError(
      `The disk of ${dataDir} is full: ${free} MB are free, and the embedded database requires ${LEAST_FREE_MB} MB. ` +
        'Free some space, or set DATA_DIR to a directory on another disk.',
    )
  }
}

/** Whole megabytes. */
export function freeMb(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return Math.floor((bavail * bsize) / MB)
}

export function isDiskFull(error: unknown): boolean {
  const { code, errno, name } = rootCause(error)
  return code === 'ENOSPC' || code === 'EDQUOT' || code === '53100' || (name === 'ErrnoError' && errno === NO_SPACE)
}

export function diskFull(dataDir: string, cause: unknown): SetupError {
  const sentence = `The disk of ${dataDir} is full: free some space and restart Carillon. Accepted pushes are not lost.`
  return new SetupError(sentence, { cause })
}
