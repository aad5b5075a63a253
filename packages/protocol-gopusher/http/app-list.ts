import type { AppWithAccount } from '@carillon/contract'
import { MOST_APPS } from '../limits.ts'
import type { AdminRoute } from './call.ts'
import { readPaging } from './paging.ts'

export const appList: AdminRoute = {
  method: 'GET',
  path: /^\/api\/app-list(?:\/([^/]+)\/([^/]+))?$/,
  for: 'admin',
  async handle({ apps }, { places }) {
    const { limit, page, offset } = readPaging(places[0], places[1], MOST_APPS)
    const found = await apps.page({ limit, offset })
    return { limit, offset: page, total: found.total, data: found.apps.map(listed) }
  },
}

function listed({ app, account }: AppWithAccount): object {
  return {
    app_key: app.key,
    app_name: app.name,
    auth_account: account?.name ?? '',
    auth_password: '********',
    request_ip: account?.requestIp ?? '',
    date: dateOf(app.createdAt),
    timestamp: String(app.createdAt * 1000),
  }
}

/** Such as `2015/08/25 11:39:12`, in UTC. */
function dateOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/')
}
