import type { AuditRecord, Template } from '@carillon/contract'
import { versionTarget } from '@carillon/core'
import type { ConsoleDeps } from '../deps.ts'

/** Entries of the audit that are looked at. */
const LOOKED_AT = 500
/** Seconds between an entry and the version that is stored after it. */
const APART_S = 60

/** Who stored a version, if that is known. */
export type AuthorOf = (version: Template) => string | undefined

/** Reads from the audit who stored these versions. Of those that are older than its newest entries, nothing is known. */
export async function authorsOf(
  { audit }: Pick<ConsoleDeps, 'audit'>,
  app: number,
  versions: readonly Template[],
): Promise<AuthorOf> {
  if (versions.length === 0) return () => undefined
  const times = versions.map(({ createdAt }) => createdAt)
  const within = { since: Math.min(...times) - APART_S, until: Math.max(...times) + 1, size: LOOKED_AT }
  const lists = await Promise.all(
    ['template.put', 'template.rollback'].map((action) => audit.list({ ...within, action })),
  )
  const entries = Map.groupBy(lists.flat(), ({ target }) => target)
  return (version) => entries.get(versionTarget(version))?.find((entry) => hasStored(entry, app, version))?.account
}

/** An entry for a version that was there already is later than the version. */
function hasStored({ app, time, failure }: AuditRecord, wanted: number, { createdAt }: Template): boolean {
  return app === wanted && failure === null && time <= createdAt && time > createdAt - APART_S
}
