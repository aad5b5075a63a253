import { batch } from './batch.ts'
import type { Route } from './call.ts'
import { channel } from './channel.ts'
import { channelEvents } from './channel-events.ts'
import { channels } from './channels.ts'
import { terminate } from './terminate.ts'
import { trigger } from './trigger.ts'
import { users } from './users.ts'

/** Ids of users may hold anything, a slash too. */
export const routes: readonly Route[] = [
  { method: 'POST', path: /^\/events$/, handle: trigger },
  { method: 'POST', path: /^\/batch_events$/, handle: batch },
  { method: 'GET', path: /^\/channels$/, handle: channels },
  { method: 'GET', path: /^\/channels\/([^/]+)$/, handle: channel },
  { method: 'GET', path: /^\/channels\/([^/]+)\/users$/, handle: users },
  { method: 'POST', path: /^\/channels\/([^/]+)\/events$/, status: 202, handle: channelEvents },
  { method: 'POST', path: /^\/users\/(.+)\/terminate_connections$/s, handle: terminate },
]
