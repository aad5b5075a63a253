import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { SetupError } from '@carillon/contract'

/** Only this user lists, enters and changes. */
const PRIVATE_FOLDER = 0o700
/** Anything that the group or everybody may do. */
const OF_OTHERS = 0o077
/** Everybody may rename and replace what is in it. */
const WRITABLE_BY_ALL = 0o002

const REASONS: Record<string, string> = {
  EACCES: 'this user does not have permission',
  EPERM: 'this user does not have permission',
  EROFS: 'it is on a read-only disk',
  ENOTDIR: 'part of its path is a file',
  ELOOP: 'its path is a loop of links',
  ENAMETOOLONG: 'its path is too long',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
}

/**
 * Makes a folder that only this user can open, and tightens one that is already there.
 * @returns a sentence for the log if other users could open it.
 * @throws SetupError if it cannot be made, or if it is somebody else's and everybody can change it.
 */
export function privateFolder(path: string): string | undefined {
  makeFolder(path)
  const mode = openToOthers(path)
  if (mode === undefined) return undefined
  const was = `The folder ${path} was open to other users of this machine (mode ${octal(mode)})`
  try {
    chmodSync(path, mode & ~OF_OTHERS)
    return `${was}. Carillon has closed it.`
  } catch (error) {
    return notTightened(path, mode, error)
  }
}

function makeFolder(path: string): void {
  try {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) makeWithParents(path)
  } catch (error) {
    throw new SetupError(
      `The folder ${path} cannot be used: ${reason(path, error)}. Choose another one with DATA_DIR.`,
      {
        cause: error,
      },
    )
  }
}

/** Node's own `recursive` never ends in a folder such as /proc, which says that what was to be made does not exist. */
function makeWithParents(path: string): void {
  if (!existsSync(dirname(path))) makeWithParents(dirname(path))
  try {
    mkdirSync(path, { mode: PRIVATE_FOLDER })
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error // else another process was faster
  }
}

function reason(path: string, error: unknown): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  if (code !== 'EEXIST') return REASONS[code] ?? `it cannot be created, ${code}`
  return existsSync(path) ? 'it is a file' : 'it is a link to nothing'
}

/** The mode of a folder that other users can open; nothing where modes mean nothing. */
function openToOthers(path: string): number | undefined {
  const mode = statSync(path).mode & 0o7777
  return process.platform !== 'win32' && mode & OF_OTHERS ? mode : undefined
}

/** A volume may belong to another user and be shared with this one's group; then what is inside is private by itself. */
function notTightened(path: string, mode: number, cause: unknown): string {
  const open = `The folder ${path} is open to other users of this machine (mode ${octal(mode)}) and belongs to another user`
  if (mode & WRITABLE_BY_ALL) {
    throw new SetupError(`${open}: choose a folder that belongs to this user, such as one inside it.`, { cause })
  }
  return `${open}. The files that Carillon writes into it are private.`
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
