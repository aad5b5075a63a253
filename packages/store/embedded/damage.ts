import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isSetupError, SetupError } from '@carillon/contract'
import { diskFull, freeMb, isDiskFull } from '../open/disk.ts'

/** Of the Postgres in PGlite: it reads no files of another. */
export const POSTGRES_MAJOR = '18'

/** What Postgres makes, and what it needs to start. The empty ones are what a backup of files alone leaves out. */
const FOLDERS = (
  'base base/1 base/4 base/5 global pg_commit_ts pg_dynshmem pg_logical pg_logical/mappings pg_logical/snapshots ' +
  'pg_multixact/members pg_multixact/offsets pg_notify pg_replslot pg_serial pg_snapshots pg_stat pg_stat_tmp ' +
  'pg_subtrans pg_tblspc pg_twophase pg_wal pg_xact'
).split(' ')

/** With the bytes that each has at least. */
const FILES: Record<string, number> = {
  'global/pg_control': 8192,
  'global/pg_filenode.map': 1,
  'base/5/pg_filenode.map': 1,
  'base/5/PG_VERSION': 1,
  'postgresql.conf': 0,
  'pg_hba.conf': 0,
  'pg_ident.conf': 0,
}

const WAL_SEGMENT = /^[0-9A-F]{24}$/

/**
 * Whether a folder is there with anything in it.
 * @throws SetupError
 */
export function hasFiles(folder: string): boolean {
  if (!lstatSync(folder, { throwIfNoEntry: false })) return false
  try {
    return readdirSync(folder).length > 0
  } catch (error) {
    throw damaged(folder, `it cannot be read, ${(error as NodeJS.ErrnoException).code}`, error)
  }
}

/**
 * Looks before Postgres does: without PG_VERSION it would put an empty database in the place of a damaged one, and what
 * it says of other damage is no sentence. Changes nothing.
 * @throws SetupError
 */
export function requireWhole(folder: string): void {
  const found = findDamage(folder)
  if (found !== undefined) throw damaged(folder, found)
  const version = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim()
  if (version === POSTGRES_MAJOR) return
  throw new SetupError(
    `The database in ${folder} was created by Postgres ${version}, but this version of Carillon contains Postgres ${POSTGRES_MAJOR}: ` +
      'start the version of Carillon that created it, or move the folder away to start with an empty database. Nothing was changed.',
  )
}

export function damaged(folder: string, found: string, cause?: unknown): SetupError {
  return new SetupError(
    `The database in ${folder} is damaged (${found}): restore the last backup of the whole folder, ` +
      'or move the folder away to start with an empty database.',
    { cause },
  )
}

/** What ends a start, as a sentence. */
export function describeFailure(dataDir: string, error: unknown): string {
  if (isSetupError(error)) return (error as Error).message
  if (isDiskFull(error) || (existsSync(dataDir) && freeMb(dataDir) === 0)) return diskFull(dataDir, error).message
  const { message = String(error) } = error as Partial<Error>
  return `The embedded database in ${dataDir} cannot be started (${message}).`
}

function findDamage(folder: string): string | undefined {
  try {
    return missingFile(folder) ?? missingFolder(folder) ?? missingLog(folder)
  } catch (error) {
    const { code = 'unknown', path = folder } = error as NodeJS.ErrnoException
    return `${path} cannot be read, ${code}`
  }
}

function missingFile(folder: string): string | undefined {
  const bad = Object.entries({ PG_VERSION: 1, ...FILES }).find(([name, size]) => {
    const file = statSync(join(folder, name), { throwIfNoEntry: false })
    return !file?.isFile() || file.size < size
  })
  return bad && `${bad[0]} is missing or cut off`
}

function missingFolder(folder: string): string | undefined {
  const missing = FOLDERS.find((name) => !statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory())
  return missing && `the folder ${missing} is missing`
}

function missingLog(folder: string): string | undefined {
  const log = readdirSync(join(folder, 'pg_wal'))
  return log.some((name) => WAL_SEGMENT.test(name)) ? undefined : 'pg_wal contains no log'
}
