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
})
