import { createHash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type Outbox, OUTBOX_PREFIX } from '@carillon/contract'
import { privateFolder, writePrivateFile } from '@carillon/files'

/** A folder, for this user alone, in which messages become files, named `<time>-<push id>.<extension>`. */
export function outboxIn(folder: string): Outbox {
  return {
    write: (pushId, extension, content) => writeWhole(folder, fileName(pushId, extension), content),
  }
}

/** Nobody who watches the folder sees half a file. The folder may have been removed since the start. */
async function writeWhole(folder: string, name: string, content: string | Uint8Array): Promise<string> {
  privateFolder(folder)
  await writePrivateFile(join(folder, name), join(folder, `.${randomUUID()}.tmp`), content)
  return `${OUTBOX_PREFIX}${name}`
}

function fileName(pushId: string, extension: string): string {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-')
  return `${time}-${fileSafe(pushId)}.${extension}`
}

/** An id that is no plain word could name another folder, or be longer than a file's name may be. */
function fileSafe(id: string): string {
  return /^[\w-]{1,100}$/.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, 32)
}
