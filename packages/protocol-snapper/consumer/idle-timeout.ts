import type { Socket } from 'engine.io'

/**
 * Closes a client of protocol 3 that is idle for too long. Engine.io does so itself, but no longer once the client has
 * changed from polling to a WebSocket (6.6.4 to 6.6.12).
 * @param timeout milliseconds
 * @returns a function that stops the timer
 */
export function closeWhenIdle(socket: Socket, timeout: number): () => Promise<void> {
  if (socket.protocol !== 3) return async () => {}
  const timer = setTimeout(() => socket.close(true), timeout).unref()
  socket.on('packet', () => timer.refresh())
  return async () => clearTimeout(timer)
}
