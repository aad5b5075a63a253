import { expect, it } from 'vitest'
import { Link } from '../sessions/join/link.ts'

it('what a server says that is no message is passed over', async () => {
  const socket = new EventTarget()
  const heard: unknown[] = []
  const link = new Link({
    address: 'ws://127.0.0.1',
    socket: function give() {
      return socket
    } as unknown as typeof WebSocket,
    silence: 60_000,
    heard: (message) => heard.push(message),
    closed() {},
  })
  const said = ['', '{"type":', 'null', '7', '"x"', '[]', '{}', '{"type":1}', '{"type":"forceDisconnected"}']
  for (const data of said) socket.dispatchEvent(new MessageEvent('message', { data }))
  expect(heard).toEqual([{ type: 'forceDisconnected' }])
  socket.dispatchEvent(Object.assign(new Event('close'), { code: 1000, reason: '' })) // which ends its timers
  expect(link.say({})).toBe(false)
})
