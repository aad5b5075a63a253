import { type Actor, type AuditEntry, CarillonError } from '@carillon/contract'
import type { AuditRepository } from '@carillon/store'
import { impersonal } from './impersonal.ts'

/** What somebody does, as the audit names it. */
export interface AuditedAction<Result = unknown> extends Pick<AuditEntry, 'app' | 'action' | 'target'> {
  /** The target with what is only known afterwards, such as a count. */
  targetAfter?(result: Result): string
  /** A text that names a person. An error in the entry is written without it. */
  personal?: string
}

/** Writes down that somebody does something, then does it. If it fails, the error is added to the entry. */
export async function withAudit<Result>(
  audit: Pick<AuditRepository, 'add' | 'fail' | 'retarget'>,
  { account, address }: Actor,
  { app, action, target, targetAfter, personal }: AuditedAction<Result>,
  run: () => Promise<Result>,
): Promise<Result> {
  const id = await audit.add({ account, address, app, action, target })
  const result = await run().catch(async (error: unknown) => {
    await audit.fail(id, failureOf(error, personal))
    throw error
  })
  if (targetAfter) await audit.retarget(id, targetAfter(result))
  return result
}

/** Anything but an error of the domain may repeat the parameters of a statement. */
function failureOf(error: unknown, personal: string | undefined): string {
  if (!(error instanceof CarillonError)) return 'an internal error'
  return personal === undefined ? error.message : impersonal(error.message, personal)
}
