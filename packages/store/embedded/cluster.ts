import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { SetupError } from '@carillon/contract'
import { isDiskFull } from '../open/disk.ts'
import { damaged, hasFiles, requireWhole } from './damage.ts'

/**
 * Its 128 MB of buffers would be written with zeros at each start, and be held from then on. The system caches the files
 * anyway.
 */
const BUFFERS = '32MB'

/** Characters of a sentence. */
const LONGEST_REASON = 200

const START_PARAMS = [...PGlite.defaultStartParams, '-c', `shared_buffers=${BUFFERS}`]

/** How Postgres says that it ends. */
const LAST_WORDS = /\b(?:FATAL|PANIC):\s+(.*)/

/**
 * Opens the database files in a folder, and makes them where there are none.
 * @throws SetupError that says why not
 */
export async function openCluster(folder: string): Promise<PGlite> {
  if (!hasFiles(folder)) await make(folder)
  requireWhole(folder)
  return boot(folder).catch((error: unknown) => {
    throw isDiskFull(error) ? error : damaged(folder, reason(error), error)
  })
}

/**
 * Made under another name and then renamed: so a folder with the right name was finished, and a first start that follows
 * one that was killed begins anew.
 */
async function make(folder: string): Promise<void> {
  const place = existsSync(folder) ? realpathSync(folder) : folder
  const making = `${place}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { mode: 0o700 })
  try {
    await (await boot(making)).close()
    renameSync(making, place)
  } catch (error) {
    if (isDiskFull(error)) throw error
    throw new SetupError(`No database can be created in ${place} (${reason(error)}).`, { cause: error })
  }
}

async function boot(folder: string): Promise<PGlite> {
  let lastWords: string | undefined
  const onStderr = (line: string) => {
    lastWords = LAST_WORDS.exec(line)?.[1] ?? lastWords
    return false
  }
  try {
    return await PGlite.create(folder, { startParams: START_PARAMS, onStderr })
  } catch (error) {
    throw lastWords === undefined ? error : new Error(lastWords, { cause: error })
  }
}

function reason(error: unknown): string {
  const { message = String(error) } = error as Partial<Error>
  return message.split('\n', 1)[0]!.slice(0, LONGEST_REASON)
}
