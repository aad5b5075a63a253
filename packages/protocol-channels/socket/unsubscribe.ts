import type { Connection } from './connection.ts'
import { fieldsOf, type Frame } from './frame.ts'

/** Takes a connection off a channel; it is not told. */
export async function unsubscribe(connection: Connection, { data }: Frame): Promise<void> {
  const { channel } = fieldsOf(data)
  if (typeof channel !== 'string') return connection.complain('Name the channel to unsubscribe from.')
  const { app, parts } = connection
  const count = await parts.namespace.unsubscribe(connection, { app: app.id, name: channel })
  if (count !== null) return parts.counts.changed(app, channel, count)
  connection.complain(`No current subscription to channel ${channel}, or subscription in progress`, channel)
}
