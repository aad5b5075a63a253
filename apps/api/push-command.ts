import type { App, PushBody, PushCommand } from '@carillon/contract'

/** A push as `core` takes it; `defaultTtl` in seconds. */
export function pushCommand(app: App, sender: string, body: PushBody, defaultTtl: number): PushCommand {
  const { pusher, data, schedat = 0, force, priority = 'normal', ttl = defaultTtl } = body
  return { app: app.id, sender, pusher, data, schedat, force, priority, ttl }
}
