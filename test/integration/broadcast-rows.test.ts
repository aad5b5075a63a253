import { beforeEach, expect, it } from 'vitest'
import type { RecipientOutcomeName } from '@carillon/contract'
import type { BroadcastWakeUp, RecipientRecording, ClaimedPage } from '@carillon/store'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { newName } from './bells.ts'

const LONG = 60
const nothing = { wakeUps: [], held: [false, false] }

onEveryBackend('the rows of a broadcast', (current) => {
  let name: string
  let wake: BroadcastWakeUp
  const broadcasts = () => current().services.store.broadcasts
  const pushes = () => current().services.store.pushes
  const status = () => broadcasts().status(1, name)

  beforeEach(async () => {
    name = newName()
    wake = await broadcasts().create({ app: 1, sender: 'rows', name, data: 'd', tag: '', schedat: 0 })
  })

  function open(cursor: string | null, next: string | null, { most = 4, leaseSeconds = LONG } = {}) {
    const pushers = [1, 2].map((index) => `${name}-${cursor ?? 'start'}-${index}`)
    return broadcasts().openPage(wake.id, { cursor, next, pushers }, { leaseSeconds, most })
  }

  function record(page: ClaimedPage, results: RecipientRecording['result'][]) {
    const { id, attempt } = page
    const recordings = results.map((result, index) => {
      return { broadcast: wake.id, page: id, attempt, pusher: page.pushers[index]!, result }
    })
    return broadcasts().record(recordings, 3600)
  }

  it('has so many pages in flight at most', async () => {
    const page = await open(null, 'b', { most: 1 })
    expect(await open('b', 'c', { most: 1 })).toBeNull()
    expect(await broadcasts().running(wake.id)).toMatchObject({ inFlight: 1 })
    await broadcasts().finishPage(page!)
    expect(await open('b', 'c', { most: 1 })).not.toBeNull()
  })

  it('opens no page while it is paused, and tells its workers to stop', async () => {
    const page = await open(null, 'b')
    expect(await broadcasts().renewPages([page!], LONG)).toEqual([page!.id])
    await broadcasts().pause(1, name)
    expect(await broadcasts().renewPages([page!], LONG)).toEqual([])
    expect(await open('b', 'c')).toBeNull()
    expect(await broadcasts().running(wake.id)).toBeNull()
  })

  it('leaves a paused page to its worker until what is being sent has its outcome', async () => {
    const page = await open(null, null, { leaseSeconds: 0.5 })
    await broadcasts().pause(1, name)
    await broadcasts().renewPages([page!], LONG)
    await broadcasts().resume(1, name)
    const start = await pushes().now()
    await waitFor(async () => (await pushes().now()) > start + 600_000) // the lease it was opened with is over
    expect(await broadcasts().reclaimPage(wake.id, LONG)).toBeNull()
    await record(page!, [{ is: 'sent' }])
    await broadcasts().returnPage(page!)
    const again = await waitFor(() => broadcasts().reclaimPage(wake.id, LONG))
    expect(await broadcasts().openRecipients(wake.id, again.pushers)).toEqual([page!.pushers[1]])
  })

  it('takes no outcome from a worker that lost its page, and none twice', async () => {
    const late = await open(null, null, { leaseSeconds: 0 })
    const page = await waitFor(() => broadcasts().reclaimPage(wake.id, LONG))
    expect(page.attempt).toBe(late!.attempt + 1)
    expect(await record(late!, [{ is: 'sent' }, { is: 'later', delay: 0, reason: null }])).toEqual(nothing)
    expect(await broadcasts().recipients(1, name, {})).toEqual([])
    expect(await record(page, [{ is: 'sent' }, { is: 'sent' }])).toEqual({ wakeUps: [], held: [true, true] })
    expect(await record(page, [{ is: 'sent' }, { is: 'later', delay: 0, reason: null }])).toEqual(nothing)
  })

  it('lists its recipients by outcome', async () => {
    const page = await open(null, null)
    const reason = 'busy'
    await record(page!, [{ is: 'skipped' }, { is: 'later', delay: 60, reason }])
    const listed = async (outcome?: RecipientOutcomeName) =>
      (await broadcasts().recipients(1, name, { outcome }))!.map(({ pusher }) => pusher)
    const [first, second] = page!.pushers
    expect(await listed()).toEqual([first, second])
    expect(await listed('sent')).toEqual([])
    expect(await listed('skipped')).toEqual([first])
    expect(await listed('moved')).toEqual([second])
  })

  it('takes the outcomes that are new of those of which some are not', async () => {
    const page = await open(null, null)
    expect(await record(page!, [{ is: 'sent' }])).toEqual({ wakeUps: [], held: [true] })
    expect(await record(page!, [{ is: 'sent' }, { is: 'sent' }])).toEqual({ wakeUps: [], held: [false, true] })
    await broadcasts().finishPage(page!)
    expect(await status()).toMatchObject({ sent: 2, skipped: 0 })
  })

  it('counts the try that failed among those of the push it becomes', async () => {
    const page = await open(null, null)
    await record(page!, [
      { is: 'dead', failed: true, reason: 'busy' },
      { is: 'dead', reason: 'no' },
    ])
    const dead = await current().services.store.history.list(1, { sender: 'rows', state: 'dead' })
    const ofPage = dead.filter(({ pusher }) => page!.pushers.includes(pusher))
    expect(new Set(ofPage.map(({ reason, failures }) => `${reason} ${failures}`))).toEqual(new Set(['busy 1', 'no 0']))
  })

  it('ends a page with the counts of the worker that recorded all of it', async () => {
    const page = await open(null, null)
    await record(page!, [{ is: 'later', delay: 60, reason: null }, { is: 'sent' }])
    expect(await broadcasts().finishPage({ ...page!, attempt: 2 }, { sent: 1, moved: 1 })).toBe(false)
    expect(await broadcasts().finishPage(page!, { sent: 1, moved: 1 })).toBe(true)
    expect(await broadcasts().finishPage(page!, { sent: 0, moved: 0 })).toBe(false)
    expect(await status()).toMatchObject({ total: 2, sent: 1, skipped: 0, dead: 0, pending: 1 })
  })

  it('counts somebody who left the page with an outcome once', async () => {
    const page = await open(null, null)
    await record(page!, [{ is: 'sent' }, { is: 'sent' }])
    await pushes().forget(1, page!.pushers[0]!)
    expect(await broadcasts().finishPage(page!, { sent: 2, moved: 0 })).toBe(true)
    expect(await status()).toMatchObject({ total: 2, sent: 2, skipped: 0 })
  })

  it('says whether a page was left', async () => {
    const page = await open(null, 'b')
    expect(await broadcasts().running(wake.id)).toMatchObject({ isOrphaned: false, inFlight: 1 })
    await broadcasts().returnPage(page!)
    const left = await waitFor(async () => {
      const head = await broadcasts().running(wake.id)
      return head?.isOrphaned ? head : null
    })
    expect(left).toMatchObject({ inFlight: 0 })
  })

  it('holds back the pushes that came out of it while it is paused', async () => {
    const page = await open(null, null)
    const { wakeUps } = await record(page!, [{ is: 'later', delay: 0, reason: null }])
    const [push] = wakeUps
    await broadcasts().pause(1, name)
    expect(await pushes().claim([push!.id], LONG)).toEqual([])
    const range = { sender: 'rows', from: 0, until: (await pushes().now()) + 1000 }
    expect(await pushes().waiting(range, 10)).toEqual([])
    await broadcasts().resume(1, name)
    expect(await pushes().claim([push!.id], LONG)).toMatchObject([{ id: push!.id, cancelled: false }])
  })

  it('is outlived by no push that was being sent when it was cancelled', async () => {
    const page = await open(null, null)
    const { wakeUps: moved } = await record(page!, [{ is: 'later', delay: 0, reason: null }, { is: 'sent' }])
    const [claimed] = await pushes().claim([moved[0]!.id], LONG)
    await broadcasts().cancel(1, name)
    const { wakeUps } = await pushes().record([{ ...claimed!, result: { is: 'failed', delay: 0, reason: 'no' } }])
    expect(wakeUps).toEqual([])
    expect(await status()).toMatchObject({ state: 'cancelled', sent: 1, skipped: 1, pending: 0 })
  })

  it('counts the recipients of pages that are still open', async () => {
    const page = await open(null, 'b')
    await broadcasts().setTotal(wake.id, { total: 9, totalIsEstimate: true })
    await record(page!, [{ is: 'sent' }])
    const counts = { total: 9, totalIsEstimate: true, enqueued: 2, sent: 1, skipped: 0, dead: 0, pending: 8 }
    const running = await status()
    expect(running).toMatchObject({ state: 'running', ...counts, finishedAt: null })
    expect(running!.rate).toBeGreaterThan(0)
    expect(running!.eta).toBeGreaterThanOrEqual(0)
    await open('b', null)
    const exhausted = await status()
    expect(exhausted).toMatchObject({ total: 4, enqueued: 4, pending: 3 })
    expect(exhausted).not.toHaveProperty('totalIsEstimate')
  })

  it('does not count the time it is paused', async () => {
    const page = await open(null, null)
    await record(page!, [{ is: 'sent' }])
    await broadcasts().pause(1, name)
    expect(await status()).toMatchObject({ state: 'pausing', eta: null })
    await broadcasts().returnPage(page!)
    const paused = await status()
    expect(paused).toMatchObject({ state: 'paused', eta: null })
    const start = await pushes().now()
    await waitFor(async () => (await pushes().now()) > start + 200_000)
    expect((await status())!.rate).toBe(paused!.rate)
  })
})
