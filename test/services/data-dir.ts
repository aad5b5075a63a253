import { constants } from 'node:fs'
import { cp, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'

/** A new data directory, with an embedded database that is made already. */
export async function newDataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-'))
  await putDatabaseInto(folder)
  return folder
}

/** As if a first start had been there. */
export async function putDatabaseInto(dataDir: string): Promise<void> {
  const from = join(inject('embeddedTemplate'), 'postgres')
  await cp(from, join(dataDir, 'postgres'), { recursive: true, mode: constants.COPYFILE_FICLONE })
}
