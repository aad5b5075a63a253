import { memoryCluster } from '@carillon/backplane'
import { createHub, type UserConnection } from '@carillon/hub'
import { silentLogger } from '@carillon/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

/** Longer than a test may take: a process that has answered is not waited for. */
const LONG_MS = 300_000
const PUSH = { event: 'e', data: null }

function started() {
  const cluster = memoryCluster()
  onTestFinished(() => cluster.close())
  const { users, onArrived } = createHub({ cluster, log: silentLogger })
  const arrived: string[] = []
  onArrived((app, user) => void arrived.push(`${app} ${user}`))
  return { cluster, users, arrived }
}

const connection = () => ({
  notify: vi.fn<UserConnection['notify']>(() => true),
  terminate: vi.fn<UserConnection['terminate']>(),
})

describe('a user', () => {
  it('is notified on the connections that remain, and on none once the last has signed out', async () => {
    const { users } = started()
    const [one, other] = [connection(), connection()]
    const signOut = [await users.signIn(1, 'ann', one), await users.signIn(1, 'ann', other)] as const
    await signOut[0]()
    expect(await users.notify(1, 'ann', PUSH, LONG_MS)).toBe(true)
    expect([one.notify.mock.calls, other.notify.mock.calls]).toEqual([[], [[PUSH]]])
    await signOut[1]()
    expect(await users.notify(1, 'ann', PUSH, LONG_MS)).toBe(false)
  })

  it('is counted once less for a connection that signs out twice', async () => {
    const { users } = started()
    await users.signIn(1, 'ann', connection())
    const signOut = await users.signIn(1, 'ann', connection())
    await signOut()
    await signOut()
    expect(await users.connections(1, ['ann', 'bob'])).toEqual([1, 0])
  })

  it('is of its own app', async () => {
    const { users } = started()
    await users.signIn(1, 'ann', connection())
    expect(await users.notify(2, 'ann', PUSH, LONG_MS)).toBe(false)
    expect(await users.connections(2, ['ann'])).toEqual([0])
  })

  it('is not notified on a connection whose sign-in failed', async () => {
    const { cluster, users, arrived } = started()
    const failed = connection()
    vi.spyOn(cluster.roster, 'join').mockRejectedValueOnce(new Error('away'))
    await expect(users.signIn(1, 'ann', failed)).rejects.toThrow('away')
    expect(arrived).toEqual([])
    await users.signIn(1, 'ann', connection())
    expect(await users.notify(1, 'ann', PUSH, LONG_MS)).toBe(true)
    expect(failed.notify).not.toHaveBeenCalled()
  })

  it('has arrived with each connection, and with one that does not listen yet once it does', async () => {
    const { users, arrived } = started()
    await users.signIn(1, 'ann', connection())
    await users.signIn(1, 'bob', connection(), { listens: false })
    expect(arrived).toEqual(['1 ann'])
    users.listens(1, 'bob')
    expect(arrived).toEqual(['1 ann', '1 bob'])
  })

  it('accepts nothing where each connection refuses or fails', async () => {
    const { users } = started()
    await users.signIn(1, 'ann', { ...connection(), notify: () => false })
    await users.signIn(1, 'ann', { ...connection(), notify: () => Promise.reject(new Error('closed')) })
    expect(await users.notify(1, 'ann', PUSH, LONG_MS)).toBe(false)
  })

  it('loses all its connections when they are terminated, and no other user does', async () => {
    const { users } = started()
    const [one, other, ofBob] = [connection(), connection(), connection()]
    await users.signIn(1, 'ann', one)
    await users.signIn(1, 'ann', other)
    await users.signIn(1, 'bob', ofBob)
    await users.terminate(1, 'ann', LONG_MS)
    expect([one, other, ofBob].map(({ terminate }) => terminate.mock.calls.length)).toEqual([1, 1, 0])
  })

  it('is on the channels of all connections, each named once', async () => {
    const { users } = started()
    expect(await users.presence(1, 'ann')).toEqual({ connections: 0, channels: [] })
    await users.signIn(1, 'ann', { ...connection(), channels: () => ['news', 'room'] })
    await users.signIn(1, 'ann', { ...connection(), channels: () => ['chat', 'news'] })
    await users.signIn(1, 'ann', connection())
    await users.signIn(1, 'bob', { ...connection(), channels: () => ['bobs'] })
    expect(await users.presence(1, 'ann')).toEqual({ connections: 3, channels: ['chat', 'news', 'room'] })
  })

  it('is on at most 100 channels of one process that are named', async () => {
    const { users } = started()
    const channels = Array.from({ length: 150 }, (_, at) => `channel-${at}`)
    await users.signIn(1, 'ann', { ...connection(), channels: () => channels })
    expect((await users.presence(1, 'ann')).channels).toHaveLength(100)
  })
})
