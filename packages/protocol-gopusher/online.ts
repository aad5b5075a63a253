import type { Hub } from '@carillon/hub'

/** Who is connected to an app, over all processes: each connection counts. */
export interface Online {
  total: number
  /** Sorted, a user_tag as often as it is connected. */
  userTags: string[]
}

/** @returns what ends it */
export async function comeOnline({ roster }: Hub, app: number, userTag: string): Promise<() => Promise<unknown>> {
  await roster.join(groupOf(app), userTag)
  return () => roster.leave(groupOf(app), userTag)
}

export async function listOnline({ roster }: Hub, app: number, offset: number, limit: number): Promise<Online> {
  const counts = [...(await roster.list(groupOf(app)))].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const userTags: string[] = []
  let total = 0
  for (const [userTag, count] of counts) {
    const from = Math.max(total, offset)
    total += count
    const to = Math.min(total, offset + limit)
    for (let place = from; place < to; place++) userTags.push(userTag)
  }
  return { total, userTags }
}

function groupOf(app: number): string {
  return `gopusher:${app}`
}
