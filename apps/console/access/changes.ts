import { type AuditEntry, CarillonError } from '@carillon/contract'
import type { Handler } from 'hono'
import type { ConsoleContext, ConsoleDeps, ConsoleEnv } from '../deps.ts'
import { linkTo } from '../view/link.ts'
import { type Notice, noticeQuery } from '../view/notices.ts'
import { addressOf } from './guard.ts'
import { impersonal } from './impersonal.ts'

/** What a form asks for. */
export interface Change {
  /** As the audit names it: `sender.pause`. */
  action: string
  /** As the audit names it. Never personal data. */
  target: string
  /** @returns what the next page says */
  run(): Promise<Notice>
  /** The target with what is only known afterwards, such as a count. */
  targetAfter?(notice: Notice): string
  /** A text that names a person. An error in the entry is written without it. */
  personal?: string
  /** The page that is shown afterwards. */
  page: string
}

/**
 * Makes the change that a form asks for, writes it down, and shows a page.
 * @param changeOf may answer instead, such as with the form again and what is wrong in it. Then nothing is changed
 */
export function changing(
  deps: ConsoleDeps,
  changeOf: (c: ConsoleContext) => Change | Response | Promise<Change | Response>,
): Handler<ConsoleEnv> {
  return async (c) => {
    const change = await changeOf(c)
    if (change instanceof Response) return change
    const notice = await audited(c, deps, change, change.run)
    return c.redirect(linkTo(c, change.page, noticeQuery(notice)), 303)
  }
}

/** What a visitor does, as the audit names it. */
type AuditedAction<T> = Pick<AuditEntry, 'action' | 'target'> &
  Pick<Change, 'personal'> & {
    /** The target with what is only known afterwards. */
    targetAfter?(result: T): string
  }

/** Writes down that a visitor does something, then does it. If it fails, the error is added to the entry. */
export async function audited<T>(
  c: ConsoleContext,
  { audit }: Pick<ConsoleDeps, 'audit'>,
  { action, target, targetAfter, personal }: AuditedAction<T>,
  run: () => Promise<T>,
): Promise<T> {
  const entry = { account: c.get('visitor').account, address: addressOf(c), app: c.get('app').id, action, target }
  const id = await audit.add(entry)
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
