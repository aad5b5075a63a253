import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Backplane, BatchName, PushOptions, PushRecord } from '@carillon/contract'
import { createCore, localApi, type WorkerDeps } from '@carillon/core'
import { silentLogger, waitFor } from '@carillon/testkit'
import { connect, type Services } from 'carillon'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { canKillRedis, killableRedis } from '../services/fresh-redis.ts'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, type Bell, gate, newName, work } from './bells.ts'

type Batches = Record<BatchName, number>
type Publish = (backplane: Backplane, topic: string, text: string) => Promise<number>

/** A worker, and how many pushes went each way. */
async function countingWorker(services: Services, sender: Bell, options: Partial<WorkerDeps> = {}) {
  const batches: Batches = { accept: 0, give: 0, take: 0, record: 0, recipients: 0 }
  const batch = (name: BatchName, size: number) => void (batches[name] += size)
  const worker = await work(services, [sender], { observer: { ...services.observer, batch }, ...options })
  onTestFinished(() => worker.stop())
  return { worker, batches }
}

/** The API of a process of its own; `publish` says how its dispatches go. */
function apiOf(services: Services, publish: Publish = (real, topic, text) => real.publish(topic, text)) {
  const backplane = async () => {
    const real = await services.backplane()
    const onItsWay = (topic: string, text: string) => (topic.startsWith('hand:') ? publish : passOn)(real, topic, text)
    return { ...real, publish: onItsWay }
  }
  return localApi(
    createCore({ ...services, backplane, senders: new Map(), wakesOnConnect: [] }),
    services.pushers,
    1,
    3600,
  )
}

const passOn: Publish = (real, topic, text) => real.publish(topic, text)

const namesOf = ({ rung }: Bell) => rung.map(({ name }) => name)

onEveryBackend('a free worker', (current) => {
  let chime: string
  let services: Services
  beforeEach(async () => {
    chime = newName()
    services = current().services
    await addPusher(services, 'lupino', [chime])
  })
  const pushBy =
    (api = apiOf(services)) =>
    (data: string, options?: PushOptions) =>
      api.push(chime, 'lupino', data, options)
  const rows = () => services.store.history.list(1, { sender: chime, size: 100 })
  const rowOf = async (name: string) => (await rows()).find((row) => row.name === name) as PushRecord
  const isOver = async () => {
    const [status] = (await services.store.senders.status(1)).filter(({ name }) => name === chime)
    return status!.waiting + status!.delayed + status!.active === 0
  }
  const waitUntilOver = () => waitFor(isOver, { timeout: 20_000 })

  /** Pushes until it has happened, as the API has to hear first that the worker is free. @returns how often */
  async function until(hasHappened: () => boolean, push: (data: string) => Promise<string>) {
    const names: string[] = []
    await waitFor(async () => hasHappened() || !names.push(await push(`until it happens ${Math.random()}`)))
    return names
  }

  /** Rings at once while it is warmed up, and then not before the gate is open. */
  function heldBell(): { one: Bell; hold: ReturnType<typeof gate> } {
    const hold = gate()
    return { hold, one: bell(chime, ({ raw }) => (raw.startsWith('until') ? undefined : hold.passed)) }
  }

  it('is given what is pushed, and need not take it', async () => {
    const one = bell(chime)
    const { batches } = await countingWorker(services, one)
    const push = pushBy()
    await until(() => batches.give > 0, push)
    await waitUntilOver()
    const before = { ...batches }
    const name = await push('ding')
    await waitFor(() => batches.record === before.record + 1)
    expect([batches.give, batches.take]).toEqual([before.give + 1, before.take])
    expect(one.rung.at(-1)).toMatchObject({ name, attempt: 1, pusher: { id: 'lupino', senders: [chime] } })
    await waitFor(async () => (await rowOf(name)).state === 'sent')
    expect(await rowOf(name)).toMatchObject({ attempt: 1, failures: 0 })
  })

  it('is not given what has time, is scheduled, or is much', async () => {
    const { batches } = await countingWorker(services, bell(chime))
    const push = pushBy()
    await until(() => batches.give > 0, push)
    await waitUntilOver()
    const { give } = batches
    await push('low', { priority: 'low' })
    // An hour: a moment may be over on a busy machine before the push is accepted, which is then due at once.
    const scheduled = await push('scheduled', { schedat: Date.now() / 1000 + 3600 })
    expect(await rowOf(scheduled)).toMatchObject({ state: 'waiting', attempt: 0 })
    await services.core.cancel(1, chime, scheduled)
    await push('x'.repeat(100_001))
    await Promise.all(Array.from({ length: 101 }, (_, n) => push(`together ${n}`)))
    await waitUntilOver()
    expect(batches.give).toBe(give)
  })

  it('is given nothing of a sender that is paused, until it is resumed', async () => {
    const one = bell(chime)
    const { batches } = await countingWorker(services, one)
    const push = pushBy()
    await until(() => batches.give > 0, push)
    await services.store.senders.pause(1, chime)
    const name = await push('paused')
    expect(await rowOf(name)).toMatchObject({ state: 'waiting', attempt: 0 })
    await services.core.resumeSender(1, chime)
    await waitFor(() => one.rung.some((rung) => rung.name === name))
  })

  it('is given nothing while a rate decides', async () => {
    const one = bell(chime)
    const { batches } = await countingWorker(services, one, { rates: { [chime]: { count: 1000, seconds: 1 } } })
    const push = pushBy()
    for (let n = 1; n <= 5; n++) {
      await push(`ding ${n}`)
      await waitFor(() => one.rung.length === n)
    }
    expect(batches.give).toBe(0)
  })

  it('is given nothing more when it is busy', async () => {
    const { one, hold } = heldBell()
    const { batches } = await countingWorker(services, one, { concurrency: 2 })
    const push = pushBy()
    await until(() => batches.give > 0, push)
    await waitUntilOver()
    await Promise.all([push('busy'), push('busy too')])
    await waitFor(async () => (await rowOf(await push(`${Math.random()}`))).state === 'waiting')
    hold.open()
    await waitUntilOver()
    expect(new Set(namesOf(one)).size).toBe(one.rung.length)
  })

  it('is not given what another database says, whose Redis is the same by mistake', async () => {
    const push = pushBy()
    await push('so that it listens')
    const backplane = await services.backplane()
    const word = JSON.stringify({ worker: 'of another', sender: chime, room: 10 })
    await waitFor(async () => (await backplane.publish('free', word)) > 0)
    for (let n = 0; n < 20; n++) {
      expect(await rowOf(await push(`kept ${n}`))).toMatchObject({ state: 'waiting', attempt: 0 })
      await backplane.publish('free', word)
    }
  })

  it('takes by itself what was meant for one that is gone', async () => {
    const one = bell(chime)
    const { batches } = await countingWorker(services, one)
    let lost = 0
    const push = pushBy(
      apiOf(services, async () => {
        lost++
        return 0
      }),
    )
    await until(() => lost > 0, push)
    await waitUntilOver()
    expect(batches.give).toBe(0)
    expect(one.rung.filter(({ attempt }) => attempt === 2)).toHaveLength(lost)
  })

  it('sends once a push that arrived without confirmation, and once its lease expires one that did not arrive', async () => {
    const one = bell(chime)
    const { batches } = await countingWorker(services, one)
    const ways: Publish[] = [
      async (...dispatch) => {
        await passOn(...dispatch)
        throw new Error('It may have arrived.')
      },
      async () => {
        throw new Error('It may not have arrived.')
      },
    ]
    const push = pushBy(apiOf(services, (...dispatch) => (ways.shift() ?? passOn)(...dispatch)))
    const names = await until(() => ways.length === 0, push)
    await waitFor(() => batches.give > 0)
    const stuck = await waitFor(async () => {
      const unfinished = (await rows()).filter(({ state }) => state !== 'sent')
      return unfinished.length === 1 && unfinished[0]
    })
    expect(stuck).toMatchObject({ state: 'sending', attempt: 1 })
    await services.store.pushes.renew([{ id: stuck.id, attempt: 1 }], 0) // the lease is over now
    await waitUntilOver()
    expect(namesOf(one).toSorted()).toEqual(names.toSorted())
  })

  it('asks whether it still holds what comes late', async () => {
    const one = bell(chime)
    const { batches } = await countingWorker(services, one)
    const late: { id: string; name: string }[] = []
    const sendLate: Publish = async (real, topic, text) => {
      const dispatch = JSON.parse(text)
      late.push(...dispatch.pushes)
      if (late.length === 2) await takeOver(late[1]!.id)
      return real.publish(topic, JSON.stringify({ ...dispatch, at: dispatch.at - 10_000 }))
    }
    const takeOver = async (id: string) => {
      const { renew, claim } = services.store.pushes
      await renew([{ id, attempt: 1 }], 0)
      await waitFor(async () => (await claim([id], 60)).length === 1)
    }
    const push = pushBy(apiOf(services, sendLate))
    await until(() => batches.give >= 3, push)
    await waitFor(() => namesOf(one).includes(late[2]!.name))
    expect(namesOf(one)).toContain(late[0]!.name)
    expect(namesOf(one)).not.toContain(late[1]!.name)
    await services.store.pushes.record([{ id: late[1]!.id, attempt: 2, result: { is: 'sent' } }])
  })

  it('leaves to others what comes late while the database is away', async () => {
    const one = bell(chime)
    const away = async () => Promise.reject(new Error('away'))
    const store = { ...services.store, pushes: { ...services.store.pushes, renew: away } }
    const { batches, worker } = await countingWorker(services, one, { store, pushers: store.pushers })
    const sendLate: Publish = async (real, topic, text) => {
      const dispatch = JSON.parse(text)
      return real.publish(topic, JSON.stringify({ ...dispatch, at: dispatch.at - 10_000 }))
    }
    const ways = [sendLate] // what follows before its arrival is known comes in time
    const push = pushBy(apiOf(services, (...dispatch) => (ways.shift() ?? passOn)(...dispatch)))
    const names = await until(() => batches.give > 0, push)
    const late = await waitFor(async () => {
      const unfinished = (await rows()).filter(({ state }) => state !== 'sent')
      return unfinished.length === 1 && unfinished[0]
    })
    expect(late).toMatchObject({ state: 'sending', attempt: 1 })
    await worker.stop()
    await services.store.pushes.renew([{ id: late.id, attempt: 1 }], 0)
    const other = bell(chime)
    await countingWorker(services, other)
    await waitUntilOver()
    expect([...namesOf(one), ...namesOf(other)].toSorted()).toEqual(names.toSorted())
  })

  it('is given what it can begin at once, and no more', async () => {
    const { one, hold } = heldBell()
    const { batches } = await countingWorker(services, one, { concurrency: 2 })
    const push = pushBy()
    await until(() => batches.give > 0, push)
    await waitUntilOver()
    const before = { ...batches }
    const names = await Promise.all(Array.from({ length: 20 }, (_, n) => push(`ding ${n}`)))
    await waitFor(() => one.rung.length === before.record + 2)
    await waitFor(async () => (await rows()).filter(({ state }) => state === 'waiting').length === 18)
    expect(batches.give - before.give).toBeLessThanOrEqual(4) // what came in two batches was given twice
    hold.open()
    await waitUntilOver()
    expect(namesOf(one).slice(before.record).toSorted()).toEqual(names.toSorted())
  })

  it('gives back what it has no room for any more, and so does one that stops', async () => {
    const arrived = gate()
    const { one, hold } = heldBell()
    const { worker, batches } = await countingWorker(services, one, { concurrency: 2 })
    let dispatched = 0
    const slowly: Publish = async (backplane, topic, text) => {
      dispatched += 1
      await arrived.passed
      return passOn(backplane, topic, text)
    }
    let way = passOn
    const push = pushBy(apiOf(services, (...dispatch) => way(...dispatch)))
    await until(() => batches.give > 0, push)
    await waitUntilOver()
    way = slowly
    let name = ''
    // The API may still have to hear that the worker is idle again: what comes by the queue meanwhile is sent at once.
    await waitFor(async () => {
      name = await push(`until it is dispatched ${Math.random()}`)
      await waitFor(async () => dispatched > 0 || (await rowOf(name)).state === 'sent')
      return dispatched > 0
    })
    expect(await rowOf(name)).toMatchObject({ state: 'sending', attempt: 1 })
    await Promise.all(['one', 'two'].map((data) => push(data, { priority: 'low' })))
    await waitFor(() => namesOf(one).length === batches.record + 2)
    arrived.open()
    await waitFor(async () => (await rowOf(name)).state === 'waiting')
    const stopped = worker.stop()
    hold.open()
    await stopped
    expect(namesOf(one)).not.toContain(name)
    const second = bell(chime)
    await countingWorker(services, second)
    await waitUntilOver()
    expect(second.rung).toMatchObject([{ name, attempt: 2 }])
  })
})

describe.skipIf(!canKillRedis || !hasPostgres)('when Redis was away', () => {
  it('workers are given pushes again, and none was lost or sent twice', async () => {
    const [database, redis] = [await freshDatabase(), await killableRedis()]
    const services = await connect({
      databaseUrl: database.url,
      redisUrl: redis.url,
      queuePrefix: redis.prefix,
      log: silentLogger,
    })
    onTestFinished(async () => {
      await services.close()
      await database.drop()
      await redis.drop()
    })
    const chime = newName()
    await addPusher(services, 'lupino', [chime])
    const one = bell(chime)
    const { batches } = await countingWorker(services, one)
    let pushed = 0
    const push = () => services.api(1).push(chime, 'lupino', `ding ${++pushed}`)
    await waitFor(async () => (await push()) && batches.give > 0)
    await redis.kill()
    for (let n = 0; n < 20; n++) await push()
    await redis.restart()
    const before = batches.give
    await waitFor(async () => (await push()) && batches.give > before, { timeout: 20_000 })
    await waitFor(() => one.rung.length >= pushed, { timeout: 60_000 })
    expect(new Set(namesOf(one)).size).toBe(one.rung.length)
  }, 90_000)
})
