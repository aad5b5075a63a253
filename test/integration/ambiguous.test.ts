import { expect, it, onTestFinished } from 'vitest'
import { type OnAmbiguous, RetryableError, type Sender } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, newName, work } from './bells.ts'

const MAY_BE_SENT = '(it may have been sent, so it is not retried: ON_AMBIGUOUS=giveup)'
const cutOff = () => {
  throw new RetryableError('the answer was cut off', { after: 0.02, sent: 'maybe' })
}
const refused = () => {
  throw new RetryableError('nobody listens', { after: 0.02, sent: 'no' })
}
const repeats = () => {
  throw Object.assign(new Error('something went wrong'), { after: 0.02 })
}
const never = () => new Promise<void>(() => {})

onEveryBackend('a message that may be out', (current) => {
  /** A worker under a rule, and what becomes of the one push to it. */
  async function ring(onAmbiguous: OnAmbiguous, answer: Parameters<typeof bell>[1], extra: Partial<Sender> = {}) {
    const name = newName()
    const sender = bell(name, answer, extra)
    await addPusher(current().services, name, [name])
    const worker = await work(current().services, [sender], { onAmbiguous })
    onTestFinished(() => worker.stop())
    await current().services.api(1).push(name, name, 'ding')
    const { history } = current().services.store
    const newest = async () => (await history.list(1, { sender: name }))[0]!
    const until = (state: string) =>
      waitFor(async () => ((push) => push.state === state && push)(await newest()), { what: state, timeout: 20_000 })
    return { name, sender, worker, until }
  }

  it('is tried again by default, and sent in the end', async () => {
    const { sender, until } = await ring('retry', ({ attempt }) => (attempt === 1 ? cutOff() : undefined))
    await until('sent')
    expect(sender.rung).toHaveLength(2)
  })

  it('is dead at once under giveup, and says why', async () => {
    const { sender, until } = await ring('giveup', cutOff)
    expect(await until('dead')).toMatchObject({ reason: `the answer was cut off ${MAY_BE_SENT}` })
    expect(sender.rung).toHaveLength(1)
  })

  it('is one whose sender did not answer in time, alone or in a batch', async () => {
    const alone = await ring('giveup', never, { timeout: 0.1 })
    const batch = await ring('giveup', never, { timeout: 0.1, sendBatch: never as never })
    const reason = `The sender did not answer within 0.1 s. ${MAY_BE_SENT}`
    expect(await alone.until('dead')).toMatchObject({ reason })
    expect(await batch.until('dead')).toMatchObject({ reason })
    expect(alone.sender.rung).toHaveLength(1)
  })

  it('is one that a stopping worker cut off', async () => {
    const { sender, worker, until } = await ring('giveup', never)
    await waitFor(() => sender.rung.length === 1)
    await worker.stop()
    expect(await until('dead')).toMatchObject({ reason: `The worker is stopping. ${MAY_BE_SENT}` })
  })

  it.each([
    ['is known not to be out', refused],
    ['failed without a word about it', repeats],
  ])('is none that %s: giveup does not end it', async (_, fail) => {
    const { sender, until } = await ring('giveup', ({ attempt }) => (attempt === 1 ? fail() : undefined))
    await until('sent')
    expect(sender.rung).toHaveLength(2)
  })

  it.each([
    ['retry', { sent: 3, dead: 0 }, 4],
    ['giveup', { sent: 2, dead: 1 }, 3],
  ] as const)('in a broadcast follows the rule too: %s', async (onAmbiguous, outcome, rung) => {
    const name = newName()
    const ids = [0, 1, 2].map((at) => `${name}-${at}`)
    await Promise.all(ids.map((id) => addPusher(current().services, id, [name])))
    const sender = bell(name, ({ pusher, attempt }) => (pusher.id === ids[1] && attempt === 1 ? cutOff() : undefined))
    const worker = await work(current().services, [sender], { onAmbiguous })
    onTestFinished(() => worker.stop())
    const broadcast = await current().services.api(1).pushAll(name, 'ding')
    const status = () => current().services.store.broadcasts.status(1, broadcast)
    await waitFor(async () => (await status())?.finishedAt, { timeout: 20_000 })
    expect(await status()).toMatchObject(outcome)
    expect(sender.rung).toHaveLength(rung)
  })
})
