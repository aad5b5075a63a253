import { once } from 'node:events'
import { waitFor } from '@carillon/testkit'
import { expect, it } from 'vitest'
import { rawWebSocket } from '../services/raw-websocket.ts'
import { onEverySnapper } from '../services/snapper.ts'
import { consumer, inAnHour, newUser, producer, tokenOf } from '../services/snapper-clients.ts'

const handshake = { EIO: '3', transport: 'polling' }

onEverySnapper('HTTP of Snapper', (current) => {
  const app = () => current().apps[0]!
  const here = () => current().pair[0]
  const there = () => current().pair[1]

  const get = (path: string, query: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${here().url}${path}?${new URLSearchParams(query).toString()}`, { headers })

  async function open(claims: object, headers: Record<string, string> = {}) {
    const token = tokenOf(app(), claims)
    const response = await get('/websocket/', { ...handshake, token }, headers)
    const text = await response.text()
    return {
      token,
      response,
      packet: JSON.parse(text.slice(text.indexOf('{'), text.indexOf('}') + 1)) as { sid: string },
    }
  }

  it('/stats say how it goes', async () => {
    const token = tokenOf(app(), { name: 'snapper' })
    const before = (await (await get('/stats', { token })).json()) as { stats: { total: Record<string, string> } }
    const clients = [
      await consumer(here(), tokenOf(app(), { userId: newUser() })),
      await consumer(there(), tokenOf(app(), { userId: newUser() })),
    ]
    await producer(here(), app()).request('publish', [['nobody', 'here']])
    const response = await get('/stats', {}, { authorization: `Bearer ${token}` })
    const after = (await response.json()) as typeof before & { stats: { online: number } }
    expect(after).toMatchObject({
      server: 'carillon',
      version: '1.2.3',
      net: expect.any(Array) as unknown,
      serverId: expect.stringMatching(/^\w{16}$/) as unknown,
      mem: { free: expect.any(Number) as unknown, total: expect.any(Number) as unknown },
      stats: { online: 2 },
    })
    const more = (name: string) => Number(after.stats.total[name]) - Number(before.stats.total[name])
    expect(typeof after.stats.total.rooms).toBe('string')
    expect(['producerMessages', 'consumerMessages', 'consumers', 'rooms'].map(more)).toEqual([1, 0, 2, 2])
    const { current: counts } = after.stats as unknown as { current: Record<string, string> }
    const byPort = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name.split(':')[1], count]))
    expect(byPort).toEqual(here() === there() ? { [here().port]: '2' } : { [here().port]: '1', [there().port]: '1' })
    for (const client of clients) client.close()
    await waitFor(async () => {
      const { stats } = (await (await get('/stats', { token })).json()) as { stats: { online: number } }
      return stats.online === 0
    })
  })

  it('/stats are read alone', async () => {
    const response = await fetch(`${here().url}/stats`, { method: 'POST' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET'])
  })

  it('/stats are for who may see them', async () => {
    const answers = async (query: Record<string, string>) => {
      const response = await get('/stats', query)
      return [response.status, await response.text()]
    }
    expect(await answers({})).toEqual([401, 'No authorization token was found'])
    expect(await answers({ token: 'nonsense' })).toEqual([401, 'Invalid signature'])
    expect(await answers({ token: tokenOf(app(), { name: 'snapper' }, 'wrong') })).toEqual([401, 'Invalid signature'])
    expect(await answers({ token: tokenOf(app(), { name: 'other' }) })).toEqual([400, 'Bad Request'])
  })

  it('a handshake sets the cookie, for pages of any site', async () => {
    const { response, packet } = await open({ userId: newUser() }, { origin: 'https://example.com' })
    expect(response.headers.get('set-cookie')).toBe(`snapper.ws=${packet.sid}; Path=/; HttpOnly`)
    expect(response.headers.get('access-control-allow-origin')).toBe('https://example.com')
    expect(response.headers.get('access-control-allow-credentials')).toBe('true')
    expect(packet).toMatchObject({ upgrades: ['websocket'], pingInterval: 25_000, pingTimeout: 60_000 })
  })

  it('a handshake is refused to pages of origins that the app does not allow', async () => {
    current().apps[0] = { ...app(), settings: { allowedOrigins: ['https://shop.example.com'] } }
    const token = tokenOf(app(), { userId: newUser() })
    const answer = async (origin?: string) =>
      (await get('/websocket/', { ...handshake, token }, { ...(origin && { origin }) })).status
    expect([await answer('https://evil.example'), await answer('https://shop.example.com'), await answer()]).toEqual([
      400, 200, 200,
    ])
    const raw = await rawWebSocket(
      here().port,
      `/websocket/?EIO=3&transport=websocket&token=${token}`,
      'Origin: https://evil.example\r\n',
    )
    const [head] = (await once(raw.resume(), 'data')) as [Buffer]
    expect(head.toString()).toMatch(/^HTTP\/1.1 400 /)
    current().apps[0] = { ...app(), settings: {} }
  })

  it('is served below any path of the prefix, without EIO too', async () => {
    const token = tokenOf(app(), { userId: newUser(), type: 'producer' }) // a claim that says nothing here
    const response = await get('/websocket/socket.io/', { transport: 'polling', token })
    expect([response.status, (await response.text()).includes('"sid":"t.')]).toEqual([200, true])
  })

  it('the queue of who was here before, with another token, is cut short', async () => {
    const userId = newUser()
    const cut: string[] = []
    const { abandon } = current().queues
    current().queues.abandon = async (key) => {
      cut.push(key.id)
      await abandon(key)
    }
    const first = await open({ userId, exp: inAnHour() })
    await open({ userId, exp: inAnHour() + 10 }, { cookie: `a=b; snapper.ws=${first.packet.sid}` })
    await waitFor(() => cut.length === 1)
    const third = tokenOf(app(), { userId, exp: inAnHour() + 20 })
    expect((await get('/websocket/', { ...handshake, token: third, sid: first.packet.sid })).status).toBe(200)
    await waitFor(() => cut.length === 2)
    expect(cut).toEqual([first.packet.sid, first.packet.sid])
    const stranger = await open({ userId: newUser() }, { cookie: `snapper.ws=${first.packet.sid}` })
    await open({ userId }, { cookie: `snapper.ws=${stranger.packet.sid}` })
    expect(cut).toHaveLength(2)
    current().queues.abandon = abandon
  })

  it('a session is for who has its token', async () => {
    const { packet, token } = await open({ userId: newUser() })
    const { sid } = packet
    const stranger = tokenOf(app(), { userId: newUser() })
    const answer = async (query: Record<string, string>) => {
      const response = await get('/websocket/', { ...handshake, sid, ...query })
      return [response.status, await response.text()]
    }
    expect(await answer({})).toEqual([400, '{"code":3,"message":"Bad request"}'])
    expect((await answer({ token: stranger }))[1]).not.toContain(sid)
    const [status] = await answer({ token, transport: 'websocket' })
    expect(status).toBe(400)
    const post = await fetch(
      `${here().url}/websocket/?${new URLSearchParams({ ...handshake, sid, token }).toString()}`,
      {
        method: 'POST',
        headers: { 'content-type': 'text/plain;charset=UTF-8' },
        body: '1:2',
      },
    )
    expect([post.status, await post.text()]).toEqual([200, 'ok'])
    expect((await answer({ sid: 't.unknown', token: 'nonsense' }))[0]).toBe(400)
  })
})
