import type { Push, SenderContext } from '@carillon/contract'
import type { Address } from './address.ts'
import { type LoadAttachments, UnusableAttachment } from './attachments.ts'
import type { Compose, Draft, GiveUp } from './compose.ts'
import type { Letter } from './transport.ts'

interface Parts {
  compose: Compose
  load: LoadAttachments
  areSuppressed?: SenderContext['areSuppressed']
}

/**
 * A letter that can be sent, or why no try could ever send it.
 * @throws RetryableError where an attachment may be there later
 */
export type Prepare = (push: Push) => Promise<Letter | GiveUp>

/** Composes a letter, loads its attachments, and leaves out copies to addresses that are suppressed. */
export function preparer({ compose, load, areSuppressed }: Parts): Prepare {
  return async (push) => {
    const composed = compose(push)
    if ('giveUp' in composed) return composed
    const { files, ...letter } = composed
    if (files.length === 0 && !hasCopies(letter)) return { ...letter, attachments: [] }
    try {
      const attachments = await load(files)
      const copies = areSuppressed && hasCopies(letter) ? await withoutSuppressed(letter, push, areSuppressed) : {}
      return { ...letter, ...copies, attachments }
    } catch (error) {
      if (error instanceof UnusableAttachment) return { giveUp: error.message }
      throw error
    }
  }
}

type Copies = Pick<Draft, 'cc' | 'bcc'>

function hasCopies({ cc, bcc }: Copies): boolean {
  return cc.length > 0 || bcc.length > 0
}

/** The recipient's own address was looked at before: a copy that may not go holds up nobody. */
async function withoutSuppressed(
  { cc, bcc }: Copies,
  { app, log }: Push,
  areSuppressed: NonNullable<Parts['areSuppressed']>,
): Promise<Copies> {
  const suppressed = await areSuppressed(
    app,
    [...cc, ...bcc].map(({ address }) => address),
  )
  const left = suppressed.filter(Boolean).length
  if (left > 0) log.info({ copies: left }, 'copies to suppressed addresses were not sent')
  const mayGo = (_: Address, index: number) => !suppressed[index]
  return { cc: cc.filter(mayGo), bcc: bcc.filter((_, index) => !suppressed[cc.length + index]) }
}
