import { memoryCluster } from '@carillon/backplane'
import type { Batch } from '@carillon/contract'
import { type ChannelNamespaceOptions, createHub } from '@carillon/hub'
import { silentLogger } from '@carillon/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'

const news = { app: 1, name: 'news' }

function started(options: Partial<ChannelNamespaceOptions> = {}) {
  const faults: unknown[] = []
  const cluster = memoryCluster((error) => faults.push(error))
  onTestFinished(() => cluster.close())
  const hub = createHub({ cluster, log: silentLogger })
  const channels = hub.openNamespace({ protocol: 'test', ...options })
  const enter = (id: string) => {
    const heard: string[] = []
    const session = {
      id,
      deliver: (batch: Batch) => void heard.push(Buffer.from(batch.encoded((text) => Buffer.from(text))).toString()),
    }
    channels.enter(session)
    return { session, heard }
  }
  return { cluster, hub, channels, faults, enter }
}

it('a channel is heard by those who remain on it when another leaves', async () => {
  const { channels, hub, enter } = started()
  const [one, other] = [enter('one'), enter('other')]
  await channels.subscribe(one.session, news)
  await channels.subscribe(other.session, news)
  expect(await channels.unsubscribe(one.session, news)).toBe(1)
  await channels.publish(news, 'hello')
  hub.flush()
  expect([one.heard, other.heard]).toEqual([[], ['hello']])
  expect(await channels.leave(other.session)).toEqual([{ channel: news, count: 0 }])
})

it('a message is for all who are on the channel, but for the session that it excepts', async () => {
  const { channels, hub, enter } = started()
  const [one, other] = [enter('one'), enter('other')]
  await channels.subscribe(one.session, news)
  await channels.subscribe(other.session, news)
  await channels.publish(news, 'hello', 'one')
  hub.flush()
  expect([one.heard, other.heard]).toEqual([[], ['hello']])
})

it('a session still gets what was published before it left', async () => {
  const { channels, enter } = started()
  const { session, heard } = enter('one')
  await channels.subscribe(session, news)
  await channels.publish(news, 'hello')
  await channels.unsubscribe(session, news)
  expect(heard).toEqual(['hello'])
})

it('a session that left while it was counted is counted no more, nor is its member', async () => {
  const { cluster, channels, enter } = started()
  const { session } = enter('one')
  const { join } = cluster.roster
  vi.spyOn(cluster.roster, 'join').mockImplementation(async (group, ...rest) => {
    if (group === channels.channelGroup(1)) await channels.leave(session)
    return join.call(cluster.roster, group, ...rest)
  })
  expect(await channels.subscribe(session, news, { id: 'ann', info: '', most: 9 })).toBeNull()
  expect(await channels.counts(1, ['news'])).toEqual([0])
  expect(await channels.memberCount(news)).toBe(0)
})

it.each([
  ['without the session that it excepts', 'no line', 'shape'],
  ['with an id that no session has', `${'x'.repeat(256)}\nfine`, 'shape'],
  ['with a text that no client can be sent', '\nbad', 'shape'],
])('a message %s is dropped and reported', async (_, message, reason) => {
  const { cluster, channels, hub, faults, enter } = started({ isFrame: (text) => text === 'fine' })
  const { session, heard } = enter('one')
  await channels.subscribe(session, news)
  await cluster.backplane.publish('test:1:news', message)
  await cluster.backplane.publish('test:1:news', `${'x'.repeat(255)}\nfine`)
  hub.flush()
  expect(heard).toEqual(['fine'])
  expect(faults).toMatchObject([{ kind: 'channel', reason }])
})
