import { once } from 'node:events'
import { parentPort } from 'node:worker_threads'
import type { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { openCluster } from './cluster.ts'
import type { DataDir } from './data-dir.ts'
import { describeFailure } from './damage.ts'
import { type BootAnswer, DataDirInUseError } from './boot.ts'

/*
 * Runs in a thread of its own: in the main thread a long query would block the whole server.
 */

ignoreExperiments()
const { claimDataDir } = await import('./data-dir.ts') // with SQLite, of which some Nodes warn

const [path] = (await once(parentPort!, 'message')) as [string]
try {
  await serve(await claimDataDir(path))
} catch (error) {
  const inUse = error instanceof DataDirInUseError
  answer(inUse ? { inUseBy: error.owner, remedy: error.remedy } : { failed: describeFailure(path, error) })
}

/** The directory is this process's from before the database is looked at until it is closed. */
async function serve(dataDir: DataDir): Promise<void> {
  try {
    const db = await openCluster(dataDir.folder)
    const server = new PGLiteSocketServer({ db, path: dataDir.socket })
    await server.start()
    parentPort?.once('message', () => void stop(server, db, dataDir))
    answer({ socketFolder: dataDir.socketFolder, notices: dataDir.notices })
  } catch (error) {
    dataDir.release()
    throw error
  }
}

async function stop(server: PGLiteSocketServer, db: PGlite, dataDir: DataDir): Promise<void> {
  await server.stop()
  await db.close()
  dataDir.release()
  parentPort?.close()
}

function answer(answered: BootAnswer): void {
  parentPort?.postMessage(answered)
}

function ignoreExperiments(): void {
  const listeners = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') for (const listener of listeners) listener(warning)
  })
}
