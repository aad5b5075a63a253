import { memoryCluster } from '@carillon/backplane'
import { createHub } from '@carillon/hub'
import { silentLogger } from '@carillon/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'

function started() {
  const cluster = memoryCluster()
  onTestFinished(() => cluster.close())
  return { cluster, hub: createHub({ cluster, log: silentLogger }) }
}

it('a user is notified where one connection accepts the push after another has refused it', async () => {
  const { users } = started().hub
  const terminate = () => {}
  await users.signIn(1, 'ann', { notify: () => false, terminate })
  await users.signIn(1, 'ann', { notify: () => new Promise((accept) => setImmediate(accept, true)), terminate })
  expect(await users.notify(1, 'ann', { event: 'e', data: null }, 5000)).toBe(true)
})

it('a subscription that cannot be counted leaves no member behind', async () => {
  const { cluster, hub } = started()
  const namespace = hub.openNamespace({ protocol: 'test' })
  const session = { id: 'one', deliver() {} }
  const channel = { app: 1, name: 'news' }
  namespace.enter(session)
  const { join } = cluster.roster
  vi.spyOn(cluster.roster, 'join').mockImplementation(async (group, ...rest) => {
    if (group === namespace.channelGroup(1)) throw new Error('away')
    return join.call(cluster.roster, group, ...rest)
  })
  const subscribed = namespace.subscribe(session, channel, { id: 'ann', info: '', most: 9 })
  await expect(subscribed).rejects.toThrow('away')
  expect(await namespace.memberCount(channel)).toBe(0)
})

it('a watcher of a user is still notified after another watcher has stopped', async () => {
  const { users, watches } = started().hub
  const heard: boolean[] = []
  const stop = await watches.watch(1, 'ann', () => {})
  await watches.watch(1, 'ann', (here) => void heard.push(here))
  await stop()
  await users.signIn(1, 'ann', { notify: () => true, terminate() {} })
  await vi.waitFor(() => expect(heard).toEqual([true]))
})
