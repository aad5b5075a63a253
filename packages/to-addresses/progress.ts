import type { Address, Push } from '@carillon/contract'
import * as z from 'zod'

/** An address that a push is still to be sent to. */
const openAddress = z.object({
  /** Unix ms before which it is not called; 0: it may be called at once. */
  at: z.number(),
  /** `at` was reserved at the pacer. */
  reserved: z.boolean().optional(),
})
export type OpenAddress = z.infer<typeof openAddress>

const schema = z.object({
  /** By the address's id. What was an address at the first attempt and is not in here is finished. */
  open: z.record(z.string(), openAddress),
  /** Addresses that took the message. */
  sent: z.number(),
  /** The provider's id of the first of them. */
  messageId: z.string().optional(),
  /** By kind, why the last call at an address that is still open came to nothing. */
  why: z.record(z.string(), z.string()).default({}),
  /** Why others did not take it, for a push that none took. */
  reasons: z.array(z.string()),
})

/** What an attempt hands to the next one. */
export type Progress = z.infer<typeof schema>

/** Both keep the progress of a push with the most addresses below `MOST_PROGRESS`. */
const MOST_REASONS = 8
const LONGEST_REASON = 150
const LONGEST_ID = 255

/** Where the attempts before have arrived; all of the push's addresses are open at the first. */
export function progressOf({ progress, addresses }: Pick<Push, 'progress' | 'addresses'>): Progress {
  const read = schema.safeParse(progress)
  if (read.success) return read.data
  return { open: Object.fromEntries(addresses.map(({ id }) => [id, { at: 0 }])), sent: 0, why: {}, reasons: [] }
}

/** Records that an address took the message. */
export function addSent(progress: Progress, { id }: Address, messageId: string | undefined): void {
  delete progress.open[id]
  progress.sent++
  if (messageId !== undefined && messageId.length <= LONGEST_ID) progress.messageId ??= messageId
}

/** Records that an address is called once more, and not before `open.at`. */
export function addOpen(progress: Progress, { id, kind }: Address, open: OpenAddress, reason: string): void {
  progress.open[id] = open
  progress.why[kind] = shortened(reason)
}

/** Records that an address will not take the message. */
export function addFinal(progress: Progress, { id }: Pick<Address, 'id'>, reason: string): void {
  delete progress.open[id]
  const { reasons } = progress
  const short = shortened(reason)
  if (reasons.length < MOST_REASONS && !reasons.includes(short)) reasons.push(short)
}

function shortened(reason: string): string {
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason
}
