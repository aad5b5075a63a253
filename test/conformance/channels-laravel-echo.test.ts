import { randomBytes } from 'node:crypto'
import { waitFor } from '@carillon/testkit'
import Echo from 'laravel-echo'
import { describe, expect, it, onTestFinished } from 'vitest'
import { trigger } from '../services/channels-socket.ts'
import { encrypt, type Person, pusherJsOn } from '../services/pusher-js.ts'
import { appWith, type RealtimeNode, startInMemory } from '../services/realtime.ts'

const app = appWith({ clientEvents: true })

describe('laravel-echo', () => {
  it('listens to public, private and encrypted channels', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const masterKey = randomBytes(32)
    const echo = echoOn(nodes[0]!, { masterKey })
    const heard: unknown[] = []
    const channels = [echo.channel('orders'), echo.private('orders'), echo.encryptedPrivate('orders')]
    let subscribed = 0
    for (const channel of channels) {
      channel.listen('OrderShipped', (data: unknown) => heard.push(data)).subscribed(() => (subscribed += 1))
    }
    await waitFor(() => subscribed === 3)
    const event = 'App\\Events\\OrderShipped'
    await trigger(nodes[0]!, app, { channel: 'orders', event, data: '{"n":1}' })
    await trigger(nodes[0]!, app, { channel: 'private-orders', event, data: '{"n":2}' })
    const name = 'private-encrypted-orders'
    await trigger(nodes[0]!, app, { channel: name, event, data: encrypt(name, masterKey, '{"n":3}') })
    await waitFor(() => heard.length === 3)
    expect(heard).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(echo.socketId()).toMatch(/^\d+\.\d+$/)
  })

  it('joins a channel with presence: here, joining, leaving and whispers', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const seen: unknown[] = []
    const see = (word: string) => (what: unknown) => seen.push([word, what])
    const one = echoOn(nodes[0]!, { member: { user_id: 1, user_info: { name: 'Ada' } } })
    const room = one.join('room').here(see('here')).joining(see('joining')).leaving(see('leaving'))
    room.listenForWhisper('typing', see('typing'))
    await waitFor(() => seen.length === 1)
    const other = echoOn(nodes[0]!, { member: { user_id: 2, user_info: { name: 'Bob' } } })
    let isIn = false
    const same = other.join('room').here(() => (isIn = true))
    await waitFor(() => isIn)
    same.whisper('typing', { key: 'x' })
    await waitFor(() => seen.length === 3)
    other.leave('room')
    await waitFor(() => seen.length === 4)
    expect(seen).toEqual([
      ['here', [{ name: 'Ada' }]],
      ['joining', { name: 'Bob' }],
      ['typing', { key: 'x' }],
      ['leaving', { name: 'Bob' }],
    ])
  })
})

function echoOn(node: RealtimeNode, person: Person) {
  const echo = new Echo({ broadcaster: 'pusher', client: pusherJsOn(node, app, person) })
  onTestFinished(() => echo.disconnect())
  return echo
}
