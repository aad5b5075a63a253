import { type AuditEntry, CarillonError } from '@carillon/contract'
import type { Handler } from 'hono'
import type { ConsoleContext, ConsoleDeps, ConsoleEnv } from '../deps.ts'
import { linkTo } from '../view/link.ts'
import { type Notice, noticeQuery } from '../view/notices.ts'
import { addressOf } from './guard.ts'

/** What a form asks for. */
interface Change {
  /** As the audit names it: `sender.pause`. */
  action: string
  /** As the audit names it. Never personal data. */
  target: string
  /** @returns what the next page says */
  run(): Promise<Notice>
  /** The target with what is only known afterwards, such as a count. */
  targetAfter?(notice: Notice): string
  /** The page that is shown afterwards. */
  page: string
}

/** Makes the change that a form asks for, writes it down, and shows a page. */
export function changing(
  deps: ConsoleDeps,
  changeOf: (c: ConsoleContext) => Change | Promise<Change>,
): Handler<ConsoleEnv> {
  return async (c) => {
    const change = await changeOf(c)
    const notice = await audited(c, deps, change, change.run, change.targetAfter)
    return c.redirect(linkTo(c, change.page, noticeQuery(notice)), 303)
  }
}

/**
 * Writes down that a visitor does something, then does it. If it fails, the error is added to the entry.
 * @param targetAfter what is written down as the target once it is done
 */
export async function audited<T>(
  c: ConsoleContext,
  { audit }: Pick<ConsoleDeps, 'audit'>,
  { action, target }: Pick<AuditEntry, 'action' | 'target'>,
  run: () => Promise<T>,
  targetAfter?: (result: T) => string,
): Promise<T> {
  const entry = { account: c.get('visitor').account, address: addressOf(c), app: c.get('app').id, action, target }
  const id = await audit.add(entry)
  const result = await run().catch(async (error: unknown) => {
    await audit.fail(id, error instanceof CarillonError ? error.message : 'an internal error')
    throw error
  })
  if (targetAfter) await audit.retarget(id, targetAfter(result))
  return result
}
