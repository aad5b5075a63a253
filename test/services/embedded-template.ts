import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '@carillon/store'

/** A data directory that tests copy, since a new embedded database takes seconds and a copy does not. */
export async function makeEmbeddedTemplate(): Promise<{ folder: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-template-'))
  const store = await openStore({ dataDir: folder, onError() {} })
  await store.close()
  return { folder, stop: () => rm(folder, { recursive: true }) }
}
