import { loadConfig } from '@carillon/config'
import { type Push, pushName, type Sender } from '@carillon/contract'
import { createCore } from '@carillon/core'
import { logObserver } from '@carillon/telemetry'
import { waitFor } from '@carillon/testkit'
import { createApi, type Services } from 'carillon'
import type { Hono } from 'hono'
import { expect, it, onTestFinished } from 'vitest'
import { createLogger } from '../../apps/cli/logger.ts'
import { onEveryBackend } from './backends.ts'
import { addPusher, work } from './bells.ts'

const ADDRESS = 'lupino@example.com'
const BODY = 'Meet me at the old mill'
const SECRET = 'secret-of-the-provider'

interface Line {
  level: string
  msg: string
  push?: string
  pushes?: string[]
  sender?: string
  outcome?: string
  attempt?: number
}

/** Answers, fails and gives up on demand, and reveals more than it should. */
const talkative: Sender = {
  name: 'talk',
  async send({ log, pusher, data, attempt }: Push) {
    log.info({ provider: 'talk', push: 'of the sender’s own' }, 'SMS accepted by the provider')
    const { ask } = data as { ask: string }
    if (attempt > 1) return undefined
    const reason = `550 ${pusher.email}: ${BODY} (${SECRET})`
    if (ask === 'fail') throw Object.assign(new Error(reason), { after: 0.01 })
    if (ask === 'later') return { later: 0.01, reason }
    return ask === 'dead' ? { giveUp: reason } : undefined
  },
}

onEveryBackend('the log of pushes', (current) => {
  /** Everything on a log of its own, at a level. */
  async function logging(level: string) {
    const lines: string[] = []
    const config = loadConfig({ env: { LOG_LEVEL: level }, cwd: import.meta.dirname })
    const log = createLogger(config, 'json', { complain: (line) => void lines.push(line) })
    const told = { ...current().services, log, observer: logObserver(log) }
    const services: Services = { ...told, core: createCore({ ...told, senders: new Map(), wakesOnConnect: [] }) }
    await addPusher(services, 'lupino', ['talk'])
    const worker = await work(services, [talkative])
    onTestFinished(() => worker.stop())
    const api = await createApi(services, { open: true })
    const read = () => lines.map((line) => JSON.parse(line) as Line)
    return {
      api,
      services,
      text: () => lines.join(''),
      read,
      about: (id: string) => read().filter((line) => line.push === id),
    }
  }

  it('tells the life of each by its id, and nothing of the person, the message or a secret', async () => {
    const { api, services, text, read, about } = await logging('debug')
    const ids = new Map<string, string>()
    for (const ask of ['send', 'later', 'fail', 'dead']) ids.set(ask, await push(api, ask))
    const waiting = await push(api, 'wait', Math.floor(Date.now() / 1000) + 3600)
    await cancel(api, 'wait')
    const told = (ask: string) => about(ids.get(ask)!).map(({ level, msg, attempt }) => [level, msg, attempt])
    const tried = (attempt: number) => ['info', 'SMS accepted by the provider', attempt]
    await waitFor(() => read().filter(({ outcome }) => outcome === 'sent').length === 3)
    await waitFor(() => read().some(({ outcome }) => outcome === 'dead'))
    const accepted = ['debug', 'push accepted', undefined]
    expect(told('send')).toEqual([accepted, tried(1), ['debug', 'push sent', 1]])
    expect(told('later')).toEqual([
      accepted,
      tried(1),
      ['info', 'push postponed by its sender', 1],
      tried(2),
      ['debug', 'push sent', 2],
    ])
    expect(told('fail')).toEqual([
      accepted,
      tried(1),
      ['info', 'push failed and will be retried; its history shows why', 1],
      tried(2),
      ['debug', 'push sent', 2],
    ])
    expect(told('dead')).toEqual([accepted, tried(1), ['warn', 'push is dead; its history shows why', 1]])
    expect(about(waiting).map(({ msg }) => msg)).toEqual(['push accepted', 'push cancelled'])
    await services.core.replay(1, ids.get('dead')!)
    await waitFor(() => told('dead').length === 6)
    expect(told('dead').slice(3)).toEqual([['info', 'push replayed', undefined], tried(2), ['debug', 'push sent', 2]])
    expect(read().filter((line) => line.sender === 'talk' && line.push === undefined)).toEqual([])
    for (const never of [ADDRESS, BODY, SECRET]) expect(text()).not.toContain(never)
  })

  it('is short where all goes well', async () => {
    const { api, read } = await logging('info')
    await push(api, 'send')
    await push(api, 'dead')
    await waitFor(() => read().some(({ outcome }) => outcome === 'dead'))
    expect(read().filter(({ msg }) => /^push (?:accepted|sent)/.test(msg))).toEqual([])
  })

  it('names the recipients of a broadcast as their provider knows them', async () => {
    const { services, read } = await logging('debug')
    await services.core.pushAll({
      app: 1,
      sender: 'talk',
      data: JSON.stringify({ ask: 'send', body: BODY }),
      tag: '',
      schedat: 0,
    })
    // The test before may have left a push that is sent now
    const sent = await waitFor(() => read().find(({ outcome, push: id }) => outcome === 'sent' && /\D/.test(id!)))
    expect(sent.push).toMatch(/^\d+-lupino$/)
    const broadcast = read().find(({ msg }) => msg === 'broadcast accepted')
    expect(broadcast).toMatchObject({ broadcast: sent.push!.split('-')[0], sender: 'talk' })
    expect(read().find(({ msg }) => msg.startsWith('SMS'))?.push).toBe(sent.push)
  })
})

let used = 0
const texts = new Map<string, string>()

/** Over the API; answers the push's id. */
async function push(api: Hono, ask: string, schedat = 0): Promise<string> {
  const data = JSON.stringify({ ask, body: BODY, once: used++ })
  texts.set(ask, data)
  const [result] = await post(api, '/v1/push', { pushes: [{ sender: 'talk', pusher: 'lupino', data, schedat }] })
  return result!.id
}

async function cancel(api: Hono, ask: string): Promise<void> {
  const name = pushName('lupino', texts.get(ask)!)
  await api.request('/pusher/talk/cancelpush', { method: 'POST', body: new URLSearchParams({ name }) })
}

async function post(api: Hono, path: string, body: object): Promise<{ id: string }[]> {
  const headers = { 'content-type': 'application/json' }
  const answer = await api.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
  return ((await answer.json()) as { results: { id: string }[] }).results
}
