import type { Socket } from 'engine.io'

/**
 * Closes a client of protocol 3 that falls silent. Engine.io does so itself, but forgets it once the client has changed
 * from polling to a WebSocket (6.6.4 to 6.6.12).
 * @param patience milliseconds
 * @returns what ends the watch
 */
export function closeWhenSilent(socket: Socket, patience: number): () => Promise<void> {
  if (socket.protocol !== 3) return async () => {}
  const timer = setTimeout(() => socket.close(true), patience).unref()
  socket.on('packet', () => timer.refresh())
  return async () => clearTimeout(timer)
}
