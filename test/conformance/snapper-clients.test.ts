import { readFileSync } from 'node:fs'
import type { Producer } from '@carillon/client/producer'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { goodbye, rawWebSocket } from '../services/raw-websocket.ts'
import { onEverySnapper } from '../services/snapper.ts'
import {
  consumer,
  end,
  inAnHour,
  newUser,
  type OfficialConsumer,
  type OfficialProducer,
  producer,
  tokenOf,
} from '../services/snapper-clients.ts'

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

  it('have left once they say goodbye, though their TCP connection lasts', async () => {
    const userId = newUser()
    const server = producer(here(), app())
    const count = async () => ((await server.request('consumers', [userId])) as { length: number }).length
    const token = tokenOf(app(), { userId })
    const raw = await rawWebSocket(there().port, `/websocket/?EIO=3&transport=websocket&token=${token}`)
    await waitFor(async () => (await count()) === 1)
    raw.write(goodbye)
    await waitFor(async () => (await count()) === 0)
    expect(raw.writable).toBe(true)
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

  it('lose nothing: 50 of them, a thousand messages each', { timeout: 120_000 }, async () => {
    const count = here() === there() ? 200 : 1000 // the embedded database is slow, and made for fewer
    const room = `everybody-${newUser()}`
    const servers = [producer(here(), app()), producer(there(), app())]
    const clients = await Promise.all(
      numbers(50).map((turn) =>
        consumer([here(), there()][Number(turn) % 2]!, tokenOf(app(), { userId: newUser() }), {
          transports: ['websocket'],
        }),
      ),
    )
    await Promise.all(clients.map(({ id }) => servers[0]!.join(room, id)))
    for (const message of numbers(count)) servers[0]!.client.sendMessage(room, message)
    const all = () => clients.every((client) => client.messages().length >= count)
    await waitFor(all, { timeout: 100_000 })
    for (const client of clients) expect(client.messages()).toEqual(numbers(count))
  })

  it('are used as docs/protocols/snapper.md says', async () => {
    const [official, onPage, own] = programs()
    const heard: string[] = []
    const fitted = (program: string) =>
      [
        ['process.env.APP_SECRET', `'${app().secrets[0]!.secret}'`],
        ["'s3cret'", `'${app().secrets[0]!.secret}'`],
        ['7720', String(here().producers)],
        ['http://127.0.0.1:6001', here().url],
      ].reduce((text, [from = '', to = '']) => text.replaceAll(from, to), program)
    const log = (messages: string[]) => void heard.push(...messages)
    const run = (program: string) => runProgram(fitted(program), { console: { log } })

    const { producer: first, consumer: page } = await run(`${official}\n${onPage}`)
    onTestFinished(() => end(page as OfficialConsumer))
    await waitFor(() => heard.length === 2)
    const { producer: second } = await run(own!)
    await waitFor(() => heard.length === 3)
    expect(heard).toEqual(['{"e":"hello","d":1}', 'a headline', 'hello'])
    ;(first as OfficialProducer).close()
    await expect((second as Producer).connect()).rejects.toMatchObject({ code: 'closed' })
  })
})

const numbers = (count: number) => Array.from({ length: count }, (_, turn) => String(turn))

/** The code on the page, in the order in which it stands there. */
function programs(): string[] {
  const page = readFileSync(new URL('../../docs/protocols/snapper.md', import.meta.url), 'utf8')
  return [...page.matchAll(/```(?:js|ts)\n(.*?)```/gs)].map(([, program = '']) => program)
}

/** Runs it here, rather than in a process of its own. @returns what it calls `producer` and `consumer` */
async function runProgram(program: string, scope: object): Promise<Record<string, unknown>> {
  const load = async (name: string) => (await import(name)) as object
  const body = program.replace(
    /^import (\{.*?\}|\w+) from '(.*?)'$/gm,
    (_, names: string, from: string) =>
      `const ${names.startsWith('{') ? names : `{ default: ${names} }`} = await load('${from}')`,
  )
  const names = ['producer', 'consumer'].filter((name) => body.includes(`const ${name} =`))
  const makeFunction = (async () => {}).constructor as FunctionConstructor
  const run = makeFunction('load', ...Object.keys(scope), `${body}\nreturn { ${names.join()} }`) as (
    ...all: unknown[]
  ) => Promise<Record<string, unknown>>
  return run(load, ...Object.values(scope))
}
