import { MOST_CLIENTS } from '../limits.ts'
import { listOnline } from '../online.ts'
import type { AppRoute } from './call.ts'
import { readPaging } from './paging.ts'

export const listOnlineUser: AppRoute = {
  method: 'GET',
  path: /^\/api\/([^/]+)\/listonlineuser(?:\/([^/]+)\/([^/]+))?$/,
  for: 'app',
  async handle({ hub }, { app, places }) {
    const { limit, page, offset } = readPaging(places[1], places[2], MOST_CLIENTS)
    const { total, userTags } = await listOnline(hub, app.id, offset, limit)
    return { app_key: app.key, total, limit, page, user_tags: userTags }
  },
}
