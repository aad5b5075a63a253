import { CarillonError, type previewPusher, type Pusher, type PusherStore } from '@carillon/contract'
import type * as z from 'zod'

/**
 * The pusher that a preview is for: one that is stored, or one that has the given fields.
 * @throws CarillonError `pusher_not_found`
 */
export async function previewPusherOf(
  { pushers }: { pushers: Pick<PusherStore, 'getMany'> },
  app: number,
  given: z.output<typeof previewPusher>,
): Promise<Pusher> {
  if (typeof given === 'string') return (await pushers.getMany(app, [given]))[0] ?? noPusher(given)
  const chosen = Object.entries(given ?? {}).filter(([, value]) => value !== undefined)
  return { ...NOBODY, ...(Object.fromEntries(chosen) as Partial<Pusher>) }
}

function noPusher(id: string): never {
  throw new CarillonError('pusher_not_found', `There is no pusher ${id}.`)
}

const NOBODY: Pusher = {
  id: 'preview',
  email: '',
  nickname: '',
  phoneNumber: '',
  senders: [],
  tags: [],
  createdAt: 0,
  timezone: '',
  locale: '',
  attributes: {},
}
