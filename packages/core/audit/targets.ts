import { type App, fingerprintOf, type PushFilter, type Template } from '@carillon/contract'
import type { AppChange, HistoryRepository, NewApp } from '@carillon/store'
import { impersonal } from './impersonal.ts'
import type { AuditedAction } from './with-audit.ts'

/** Dead pushes among which the newest of a group is looked for. */
const LOOKED_AT = 10_000

/** How the audit names the dead pushes that a filter selects: without the pusher, and with the reason without what names one. */
export async function replayTarget(
  { history }: { history: Pick<HistoryRepository, 'list'> },
  app: number,
  filter: PushFilter,
): Promise<string> {
  const { sender = 'all', pusher, broadcast, reason } = filter
  const chosen = [
    sender,
    ...(broadcast === undefined ? [] : [`of the broadcast ${broadcast}`]),
    ...(pusher === undefined ? [] : ['of one pusher']),
  ].join(' ')
  if (reason === undefined) return chosen
  const query = { sender: filter.sender, pusher, broadcast, reason, state: 'dead', size: 1 } as const
  const [newest] = await history.list(app, query, LOOKED_AT)
  return newest ? `${chosen}: ${impersonal(reason, newest.pusher)}, as of push ${newest.id}` : chosen
}

/** The same once they are replayed. @param target from `replayTarget` */
export function replayedTarget(target: string, count: number): string {
  return `${target} (${count === 1 ? '1 push' : `${count.toLocaleString('en')} pushes`})`
}

/** How the audit names that an app is created. */
export function creationOf({ name }: NewApp): AuditedAction<App> {
  return { app: null, action: 'app.create', target: name, targetAfter: (app) => `${app.name} (${app.id})` }
}

/** How the audit names a change of an app: by its fields, and never by the value of a secret. */
export function changeOf(app: number, change: AppChange): AuditedAction<App> {
  const fields = changedFields(change)
  const { addSecret, retireSecret } = change
  if (fields.length === 1 && addSecret !== undefined)
    return { app, action: 'secret.add', target: '', targetAfter: ({ secrets }) => `secret ${secrets.at(-1)!.id}` }
  if (fields.length === 1 && retireSecret !== undefined)
    return { app, action: 'secret.retire', target: `secret ${retireSecret}` }
  return { app, action: 'app.change', target: fields.join(', ') }
}

/** Public keys are named by their fingerprints, because a change replaces all of them. */
function changedFields({ settings = {}, ...own }: AppChange): string[] {
  return [...Object.keys(own), ...Object.keys(settings)].map((field) => {
    if (field === 'retireSecret') return `retireSecret ${own.retireSecret}`
    const keys = field === 'publicKeys' ? (settings.publicKeys ?? []) : []
    return keys.length > 0 ? `publicKeys (${keys.map(fingerprintOf).join(', ')})` : field
  })
}

/** How the audit names that a version of a template is stored: with its number, once there is one. */
export function storingOf(
  app: number,
  action: 'template.put' | 'template.rollback',
  name: string,
): AuditedAction<Template> {
  return { app, action, target: name, targetAfter: ({ version }) => versionTarget({ name, version }) }
}

/** How the audit names a version of a template. */
export function versionTarget({ name, version }: Pick<Template, 'name' | 'version'>): string {
  return `${name}, version ${version}`
}
