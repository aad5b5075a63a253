import type { ChannelsParts } from '../parts.ts'
import type { Call } from './call.ts'
import { countsOf, readInfo } from './info.ts'
import { malformed } from '@carillon/request'

/** `GET /channels`: those that anyone is on. */
export async function channels({ namespace }: ChannelsParts, { app, query }: Call): Promise<object> {
  const prefix = query.get('filter_by_prefix') ?? ''
  const wanted = readInfo(query.get('info'))
  if (wanted.has('user_count') && !prefix.startsWith('presence-')) {
    throw malformed('user_count is known of presence channels only: ask with filter_by_prefix=presence-.')
  }
  const names = [...(await namespace.list(app.id, prefix)).keys()].filter(isShown)
  const counts = await countsOf(namespace, app.id, names, wanted)
  return { channels: Object.fromEntries(names.map((name, index) => [name, counts[index]])) }
}

/** Users' own channels are nobody's business. */
function isShown(name: string): boolean {
  return !name.startsWith('#')
}
