import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'

/** Only this user reads and writes. */
const PRIVATE_FILE = 0o600

/** Never follows a link that somebody else left under the name, and never shows a mode wider than its last one. */
const NEW_AND_PRIVATE = { flag: 'wx', mode: PRIVATE_FILE }

/** Writes a file for this user alone. A reader of `path` finds the whole content or no file. */
export async function writePrivateFile(path: string, unfinished: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(unfinished, content, NEW_AND_PRIVATE)
    await rename(unfinished, path)
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** Replaces a small file of which this process is the only writer. A reader finds the old content or the new. */
export function replacePrivateFile(path: string, content: string): void {
  const unfinished = `${path}.new`
  rmSync(unfinished, { force: true }) // left by a process that was killed
  writeFileSync(unfinished, content, NEW_AND_PRIVATE)
  renameSync(unfinished, path)
}
