import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import type { ServerPlace } from './thread.ts'

/*
 * Runs in a thread of its own: in the main thread a long query would block the whole server.
 */

/**
 * Its 128 MB of buffers would be written with zeros at each start, and be held from then on. The system caches the files
 * anyway.
 */
const BUFFERS = '32MB'

const [{ folder, socket }] = (await once(parentPort!, 'message')) as [ServerPlace]
const startParams = [...PGlite.defaultStartParams, '-c', `shared_buffers=${BUFFERS}`]
const db = await PGlite.create(folder, { pgliteWasmModule: workerData as WebAssembly.Module, startParams })
const server = new PGLiteSocketServer({ db, path: socket })
await server.start()

parentPort?.once('message', () => void stop())
parentPort?.postMessage('ready')

async function stop(): Promise<void> {
  await server.stop()
  await db.close()
  parentPort?.close()
}
