import { type AuditedAction, withAudit } from '@carillon/core'
import { clientAddress, peerAddress } from '@carillon/http'
import type { Handler } from 'hono'
import type { ConsoleContext, ConsoleDeps, ConsoleEnv } from '../deps.ts'
import { linkTo } from '../view/link.ts'
import { type Notice, noticeQuery } from '../view/notices.ts'

/** What a visitor does. Unless it names another app, or none, it concerns the app of the page. */
type VisitorsAction<Result> = Omit<AuditedAction<Result>, 'app'> & { app?: number | null }

/** What a form asks for. */
export interface Change extends VisitorsAction<Notice> {
  /** @returns what the next page says */
  run(): Promise<Notice>
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
    return backTo(c, change.page, notice)
  }
}

/** Shows a page after a change. */
export function backTo(c: ConsoleContext, path: string, notice: Notice): Response {
  return c.redirect(linkTo(c, path, noticeQuery(notice)), 303)
}

/** Writes down that the visitor does something, then does it. */
export function audited<Result>(
  c: ConsoleContext,
  { audit }: Pick<ConsoleDeps, 'audit'>,
  action: VisitorsAction<Result>,
  run: () => Promise<Result>,
): Promise<Result> {
  const actor = { account: c.get('visitor').account, address: clientAddress(c.req.raw, peerAddress(c)) }
  return withAudit(audit, actor, { app: c.get('app').id, ...action }, run)
}
