import type { AuditQuery } from '@carillon/contract'
import { expect, it } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { newName } from './bells.ts'

onEveryBackend('the rows of the console', (current) => {
  const logins = () => current().services.store.logins
  const audit = () => current().services.store.audit

  it('a session is found until it ends, by itself or by hand', async () => {
    const [one, other, over] = [newName(), newName(), newName()]
    await logins().start(one, 60)
    await logins().start(over, 0)
    expect(await logins().find([other, one])).toBe(one)
    expect(await logins().find([other, over])).toBeNull()
    expect(await logins().find([])).toBeNull()
    await logins().end([other, one])
    expect(await logins().find([one])).toBeNull()
  })

  it('attempts are counted by their address, and may be taken back', async () => {
    const [address, other] = [newName(), newName()]
    expect(await logins().attempt(address, 2)).toBe(true)
    expect(await logins().attempt(address, 2)).toBe(true)
    expect(await logins().attempt(address, 2)).toBe(false)
    expect(await logins().attempt(other, 2)).toBe(true)
    await logins().forgive(address)
    expect(await logins().attempt(address, 3)).toBe(true)
  })

  it('attempts that arrive together are all counted', async () => {
    const address = newName()
    const allowed = await Promise.all(Array.from({ length: 15 }, () => logins().attempt(address, 10)))
    expect(allowed.filter(Boolean)).toHaveLength(10)
  })

  it('the audit lists what was done and what failed, newest first', async () => {
    const target = newName()
    const entry = { account: 'ops', address: '192.0.2.7', app: 1, action: 'sender.pause', target }
    const first = await audit().add(entry)
    const second = await audit().add({ ...entry, app: null })
    await audit().fail(first, 'no')
    await audit().retarget(second, `${target} (2)`)
    const own = (await audit().list({ size: 100 })).filter((one) => one.target.startsWith(target))
    const time = expect.closeTo(Date.now() / 1000, -2)
    expect(own).toEqual([
      { ...entry, target: `${target} (2)`, app: null, id: second, time, failure: null },
      { ...entry, id: first, time, failure: 'no' },
    ])
    expect((await audit().list({ after: second, size: 1 }))[0]).toMatchObject({ id: first })
  })

  it('the audit is filtered by who, action and time, page by page', async () => {
    const [ops, shop, action] = [newName(), newName(), newName()]
    const add = (account: string, what: string) =>
      audit().add({ account, address: '192.0.2.7', app: 1, action: what, target: '' })
    const [a, b, c] = [await add(ops, action), await add(shop, action), await add(ops, 'push.replay')]
    const idsOf = async (query: AuditQuery) => (await audit().list(query)).map(({ id }) => id)
    expect(await idsOf({ account: ops })).toEqual([c, a])
    expect(await idsOf({ action })).toEqual([b, a])
    expect(await idsOf({ account: ops, action })).toEqual([a])
    expect(await idsOf({ account: ops, size: 1 })).toEqual([c])
    expect(await idsOf({ account: ops, size: 1, after: c })).toEqual([a])
    const now = Date.now() / 1000
    expect(await idsOf({ account: ops, since: now - 60, until: now + 60 })).toEqual([c, a])
    expect(await idsOf({ account: ops, until: now - 60 })).toEqual([])
    expect(await idsOf({ account: ops, since: now + 60 })).toEqual([])
    const { accounts, actions } = await audit().names()
    expect(accounts).toEqual(expect.arrayContaining([ops, shop]))
    expect(actions.filter((one) => [action, 'push.replay'].includes(one)).length).toBe(2)
    expect(new Set(accounts).size).toBe(accounts.length)
  })
})
