import { ownPagesOnly } from '@carillon/api'
import { memoryCluster } from '@carillon/backplane'
import { createConsole } from '@carillon/console'
import type { Sender } from '@carillon/contract'
import type { Core } from '@carillon/core'
import { createHub } from '@carillon/hub'
import { realtimeSender } from '@carillon/sender-realtime'
import { silentLogger, waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { appWith } from '../../apps/api/test/fakes.ts'
import { onEveryBackend } from './backends.ts'
import { bell, newName } from './bells.ts'
import { explainStage } from './explain-stage.ts'

onEveryBackend('from the name of a person, two clicks lead to the reason:', (current) => {
  const store = () => current().services.store
  const { stage, runs, reports } = explainStage(current)

  /** What the page says to which two clicks lead, from what the search for a name finds. */
  async function reason(core: Core, name: string, sender = name): Promise<string> {
    const { pushers, pushTtl } = current().services
    const console = createConsole({
      ...store(),
      apps: { ...store().apps, list: async () => [appWith()] },
      core,
      pushers,
      presenceOf: async () => ({ connections: 0, channels: [] }),
      live: () => Promise.reject(new Error('no page of this test asks for it')),
      phoneCountry: 'CN',
      pushTtl,
      accounts: {},
      open: ownPagesOnly,
      firstApp: 1,
      stopping: new AbortController().signal,
      describeError: (error) => ({ status: 500, sentence: String(error) }),
      log: silentLogger,
    })
    const read = async (path: string) => (await console.request(path, { headers: { host: 'localhost' } })).text()
    const found = await read(`/console/pushers?q=${encodeURIComponent(`person ${name}`)}`)
    const pusher = await read(linkIn(found, name))
    const [, checks = ''] = (await read(linkIn(pusher, sender))).split('<ol class="checks">')
    return checks
      .split('</ol>', 1)[0]!
      .replaceAll(/<\/?time[^>]*>/g, '')
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ')
  }

  it('no address', async () => {
    const { name, core } = await stage({ sendsTo: 'phoneNumber' })
    await current().services.pushers.set(1, name, { fields: { phoneNumber: '' } }, false)
    expect(await reason(core, name)).toContain(`blocked ${name} has no phone number.`)
  })

  it('sender not given', async () => {
    const { name, core } = await stage({}, { addSenders: [] })
    expect(await reason(core, name)).toContain(`blocked ${name} does not have the sender ${name}`)
  })

  it('suppressed', async () => {
    const { name, core } = await stage({ sendsTo: 'email' })
    await store().suppressions.add({ app: 1, sender: name, address: `${name}@example.com` }, 'hard bounce')
    expect(await reason(core, name)).toMatch(
      /blocked The email address has been suppressed for \S+ since \S+: hard bounce/,
    )
  })

  it('disabled address', async () => {
    const { name, core } = await stage({ addressKinds: ['fcm'] })
    const { id } = await store().addresses.register({
      app: 1,
      pusher: name,
      kind: 'fcm',
      token: `secret-token-${name}`,
    })
    await store().addresses.disable(1, id, 'SENDER_ID_MISMATCH')
    expect(await reason(core, name)).toMatch(/blocked fcm …\S+ has been disabled since \S+: SENDER_ID_MISMATCH/)
  })

  it('paused', async () => {
    const { name, core } = await stage()
    await store().senders.pause(1, name)
    expect(await reason(core, name)).toContain(`blocked ${name} is paused, so its pushes wait.`)
  })

  it('no worker', async () => {
    const { name, core } = await stage()
    expect(await reason(core, name)).toContain(`blocked No worker runs ${name}.`)
  })

  it('rate', async () => {
    const { name, core } = await stage()
    await reports(name, { rate: { count: 5, seconds: 60, usedUpUntil: 4_102_444_800 } })
    expect(await reason(core, name)).toContain(`waits The rate of ${name}, 5 in 60 s, is used up until 2100-01-01`)
  })

  it('breaker open', async () => {
    const { name, core } = await stage()
    const breaker = { transport: 'SMTP', outage: 'ECONNREFUSED', openSince: 1_000_000_000, nextProbe: 4_102_444_800 }
    await reports(name, { breakers: [breaker] })
    expect(await reason(core, name)).toContain('waits SMTP has failed since 2001-09-09 01:46:40 UTC (ECONNREFUSED)')
  })

  it('dead after retries', async () => {
    const { name, core, push } = await stage()
    const fails = () => {
      throw new Error('550 no such mailbox')
    }
    await runs(bell(name, fails), { retryTimes: 1 })
    await push()
    await waitFor(async () => (await store().history.list(1, { pusher: name }))[0]?.state === 'dead')
    expect(await reason(core, name)).toMatch(
      /blocked The last push failed for good .* after 1 attempt: 550 no such mailbox See the push/,
    )
  })

  it('scheduled later', async () => {
    const { name, core, push } = await stage()
    await push({ schedat: 4_102_444_800 })
    expect(await reason(core, name)).toContain(
      'waits The last push waits until 2100-01-01 00:00:00 UTC: it is scheduled for later',
    )
  })

  it('nobody online', async () => {
    const cluster = memoryCluster()
    onTestFinished(() => cluster.close())
    const { services } = current()
    const live = createHub({ cluster, log: silentLogger }).users
    const definition = realtimeSender()
    const { name, core } = await stage(definition)
    await runs((await definition.create({}, { api: services.api, log: silentLogger, live })) as Sender)
    await services.api(1).push('sendrealtime', name, { event: newName(), data: null })
    await waitFor(async () => (await store().history.list(1, { pusher: name }))[0]?.reason === 'nobody is online')
    expect(await reason(core, name, 'sendrealtime')).toMatch(
      /waits The last push waits until [\d-]+ [\d:]+ UTC: nobody is online/,
    )
  })
})

/** Where the link with this text leads. */
function linkIn(page: string, text: string): string {
  const [, href] = new RegExp(String.raw`<a\s+href="([^"]+)"[^>]*>${text}</a\s*>`).exec(page) ?? []
  if (href === undefined) throw new Error(`There is no link ${text}.`)
  return href.replaceAll('&amp;', '&').replace(/#.*/, '')
}
