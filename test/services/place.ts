import { chownSync, mkdtempSync } from 'node:fs'
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Identity } from './guarded.ts'

/** A new folder for a server's files. */
export function serverFolder(name: string, { uid, gid }: Identity = {}): string {
  const folder = mkdtempSync(join(tmpdir(), `carillon-${name}-`))
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  return folder
}

/** Below the ports that Linux gives to outgoing connections, so that a server can be started on its port again. */
const [LOWEST, HIGHEST] = [15_000, 32_000]

/** Free now; the moment until the server takes it is short enough for tests. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
