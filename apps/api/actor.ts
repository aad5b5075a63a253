import { type Actor, OPEN_MODE } from '@carillon/contract'
import { clientAddress, peerAddress } from '@carillon/http'
import type { Context } from 'hono'
import type { ApiDeps } from './deps.ts'
import type { Guard } from './endpoint.ts'
import type { ApiEnv } from './receive.ts'

/** Who makes a call that its guard has let through, and from where. */
export function actorOf(c: Context<ApiEnv>, guard: Guard, deps: Pick<ApiDeps, 'admin' | 'open'>): Actor {
  return { account: accountOf(c, guard, deps), address: clientAddress(c.req.raw, peerAddress(c)) }
}

function accountOf(c: Context<ApiEnv>, guard: Guard, { admin, open }: Pick<ApiDeps, 'admin' | 'open'>): string {
  if (guard === 'admin') return admin?.account ?? OPEN_MODE
  return open && !c.req.header('x-app-key') ? OPEN_MODE : `app ${c.get('app').key}`
}
