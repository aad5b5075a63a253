import { randomBytes } from 'node:crypto'
import type { SharedValues } from '@carillon/contract'

/** The name of the key among the values that all processes share. */
const NAME = 'unsubscribe-key'

const KEY_BYTES = 32

/**
 * The key that signs the links of this installation. It is made once and kept for good, because a link in an old mail must
 * still work. It belongs to no app, so links survive when an app's secrets are replaced.
 */
export async function unsubscribeKey(shared: Pick<SharedValues, 'get'>): Promise<Uint8Array> {
  const stored = await shared.get(NAME, Infinity, () => randomBytes(KEY_BYTES).toString('base64url'))
  return Buffer.from(stored, 'base64url')
}
