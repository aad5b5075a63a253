import { and, asc, eq, sql } from 'drizzle-orm'
import type { Session, SessionCallback, SessionCallbackGroup, SessionCallbacks, Sessions } from '@carillon/contract'
import type { Database } from '../database.ts'
import { sessionCallbacks, sessions } from '../schema/session.ts'

export function sessionRepository(db: Database): Sessions {
  return {
    async create({ app, ...session }) {
      const rows = await db
        .insert(sessions)
        .values({ ...session, appId: app })
        .returning()
      return toSession(rows[0]!)
    },
    async find(app, id) {
      const [row] = await db
        .select()
        .from(sessions)
        .where(and(eq(sessions.id, id), eq(sessions.appId, app)))
      return row ? toSession(row) : null
    },
  }
}

export function toSession({ appId, createdAt, ...row }: typeof sessions.$inferSelect): Session {
  return { ...row, app: appId, createdAt: createdAt.getTime() }
}

/** Of one app: each is posted to by itself. */
const MOST = 100

export function sessionCallbackRepository(db: Database): SessionCallbacks {
  const ofApp = (app: number) => eq(sessionCallbacks.appId, app)
  return {
    async add(app, { group, event, url }) {
      const { rows } = await db.execute<{ id: string }>(sql`
        insert into carillon.session_callbacks (app_id, "group", event, url)
        select ${app}, ${group}, ${event}, ${url}
        where (select count(*) from carillon.session_callbacks where app_id = ${app}) < ${MOST}
        returning id`)
      const [added] = rows
      if (!added) return null
      const [row] = await db.select().from(sessionCallbacks).where(eq(sessionCallbacks.id, added.id))
      return toCallback(row!)
    },
    async list(app) {
      const { createdAt, id } = sessionCallbacks
      const rows = await db.select().from(sessionCallbacks).where(ofApp(app)).orderBy(asc(createdAt), asc(id))
      return rows.map(toCallback)
    },
    async remove(app, id) {
      const { rowCount } = await db.delete(sessionCallbacks).where(and(ofApp(app), eq(sessionCallbacks.id, id)))
      return rowCount === 1
    },
  }
}

function toCallback({ id, group, event, url, createdAt }: typeof sessionCallbacks.$inferSelect): SessionCallback {
  return { id, group: group as SessionCallbackGroup, event, url, createdAt: createdAt.getTime() }
}
