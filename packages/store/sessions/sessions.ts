import { and, eq } from 'drizzle-orm'
import type { Session, Sessions } from '@carillon/contract'
import type { Database } from '../database.ts'
import { sessions } from '../schema/session.ts'

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
