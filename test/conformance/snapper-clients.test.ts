import { waitFor } from '@carillon/testkit'
import { expect, it } from 'vitest'
import { onEverySnapper } from '../services/snapper.ts'
import { consumer, inAnHour, newUser, producer, tokenOf } from '../services/snapper-clients.ts'

onEverySnapper('the official clients of Snapper', (current) => {
  const app = () => current().apps[0]!
  const here = () => current().pair[0]
  const there = () => current().pair[1]

  it('hear what is published in a room of theirs, on whichever server', async () => {
    const user = newUser()
    const server = producer(here(), app())
    const client = await consumer(there(), tokenOf(app(), { userId: user }))
    await server.join('news', client.id)
    server.client.sendMessage('news', 'hello ☃ \u0000 "quoted"')
    await waitFor(() => client.messages().length === 1)
    expect(client.messages()).toEqual(['hello ☃ \u0000 "quoted"'])
    server.client.sendMessage(`user${user}`, 'just you')
    await waitFor(() => client.messages().length === 2)
  })

  it('know each other by the id of the vector', async () => {
    const token = tokenOf(app(), { userId: '55a07f2dee06c78e1357b0ad', exp: 4_102_444_800, source: 'Web' })
    const { id } = await consumer(here(), token)
    expect(id).toBe(
      `w.${Buffer.from('55a07f2dee06c78e1357b0adf4865700', 'hex').toString('base64').replaceAll('=', '~').replaceAll('/', '_').replaceAll('+', '-')}`,
    )
  })

  it('count, join and leave', async () => {
    const server = producer(here(), app())
    expect(await server.request('publish', [['a', '1'], ['b', '2'], ['', '3'], ['c', 4], 'd'])).toBe(2)
    expect(await server.request('publish', ['a', '1'])).toBe(1)
    expect(await server.request('publish', [])).toBe(0)
    expect(await server.join('room', 't.nobody')).toBe(1)
    expect(await server.join('room', 't.nobody')).toBe(0)
    expect(await server.leave('room', 't.nobody')).toBe(1)
    expect(await server.leave('room', 't.nobody')).toBe(0)
    expect(await server.request('echo', { any: ['thing'] })).toEqual({ any: ['thing'] })
    await expect(server.request('auth', ['again'])).rejects.toMatchObject({ code: -32601, message: 'Method not found' })
    await expect(server.request('subscribe', ['room'])).rejects.toMatchObject({ code: -32602 })
  })

  it('tell how many consumers of each kind a user has', async () => {
    const userId = newUser()
    const server = producer(here(), app())
    expect(await server.request('consumers', [userId])).toEqual({ length: 0, android: 0, ios: 0, web: 0 })
    const sources = ['android', 'ios', 'web', undefined]
    const clients = await Promise.all(
      sources.map((source, turn) => consumer([here(), there()][turn % 2]!, tokenOf(app(), { userId, source }))),
    )
    expect(await server.request('consumers', [userId])).toEqual({ length: 4, android: 1, ios: 1, web: 2 })
    clients[0]!.close()
    await waitFor(async () => {
      const { android } = (await server.request('consumers', [userId])) as { android: number }
      return android === 0
    })
  })

  it.each(['polling', 'websocket'])('speak over %s alone', async (transport) => {
    const user = newUser()
    const client = await consumer(here(), tokenOf(app(), { userId: user }), { transports: [transport] })
    const server = producer(there(), app())
    for (const message of ['1', '2', '3']) server.client.sendMessage(`user${user}`, message)
    await waitFor(() => client.messages().length === 3)
    expect(client.messages()).toEqual(['1', '2', '3'])
    expect(client.transport()).toBe(transport)
  })

  it('change from polling to a WebSocket without losing anything', async () => {
    const user = newUser()
    const server = producer(there(), app())
    const client = await consumer(here(), tokenOf(app(), { userId: user }))
    for (let turn = 0; turn < 200; turn++) server.client.sendMessage(`user${user}`, String(turn))
    await waitFor(() => client.messages().length === 200 && client.transport() === 'websocket')
    expect(client.messages()).toEqual(Array.from({ length: 200 }, (_, turn) => String(turn)))
  })

  it('answer each other’s requests', async () => {
    const client = await consumer(here(), tokenOf(app(), { userId: newUser() }))
    const answer = await new Promise((resolve) => {
      client.client.request('anything', [1, 'two'], (_, result) => resolve(result))
    })
    expect(answer).toEqual([1, 'two'])
  })

  it('resume with the same token, on another server', async () => {
    const user = newUser()
    const token = tokenOf(app(), { userId: user, exp: inAnHour() })
    const server = producer(here(), app())
    const before = await consumer(here(), token)
    await server.join('kept', before.id)
    before.close()
    await waitFor(async () => {
      const { length } = (await server.request('consumers', [user])) as { length: number }
      return length === 0
    })
    await server.request('publish', [['kept', 'while you were away']])
    const after = await consumer(there(), token)
    expect(after.id).toBe(before.id)
    await waitFor(() => after.messages().length === 1)
    expect(after.messages()).toEqual(['while you were away'])
  })
})
