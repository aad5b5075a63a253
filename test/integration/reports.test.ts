import type { DeliveryReport, Push } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, type Bell, bell, gate, newName, work } from './bells.ts'

const patient = { timeout: 20_000 }

onEveryBackend('what providers report', (current) => {
  const store = () => current().services.store
  const api = () => current().services.api(1)
  let name: string
  beforeEach(() => void (name = newName()))

  /** A sender that sends to the pusher's email. */
  const mailBell = (answer?: Parameters<typeof bell>[1]) =>
    bell(name, answer, { address: ({ pusher }) => pusher.email })

  async function workWith(sender: Bell) {
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    return sender
  }

  const report = (push: string, given: Partial<DeliveryReport> = {}): DeliveryReport => ({
    app: 1,
    push,
    event: 'delivered',
    id: 'e1',
    time: null,
    messageId: 'm1',
    reason: null,
    suppress: null,
    ...given,
  })
  const bounced = (push: string, address: string, given: Partial<DeliveryReport> = {}) =>
    report(push, {
      event: 'bounced',
      id: 'bounced',
      reason: `550 ${address}`,
      suppress: { address, reason: 'hard bounce' },
      ...given,
    })

  const suppressed = () => store().suppressions.list(1, { sender: name })
  const timeline = async (push: string) => (await store().history.find(1, push))!.timeline.map(({ event }) => event)
  const newest = async () => (await store().history.list(1, { sender: name }))[0]!
  const until = (state: string) =>
    waitFor(async () => ((push) => push?.state === state && push)(await newest()), patient)

  it('is kept when it comes before the outcome', async () => {
    const answer = gate()
    const sender = await workWith(mailBell(() => answer.passed))
    await addPusher(current().services, name, [name])
    await api().push(name, name, 'ding')
    const sending = await waitFor(() => sender.rung[0])
    await store().reports.record([report(sending.id)])
    answer.open()
    const sent = await until('sent')
    expect((await timeline(sent.id)).toSorted()).toEqual(['accepted', 'delivered', 'sending', 'sent'])
  })

  it('is kept when it comes before the outcome of a recipient', async () => {
    const answer = gate()
    const sender = await workWith(mailBell(() => answer.passed))
    await addPusher(current().services, name, [name])
    const broadcast = await api().pushAll(name, 'ding')
    const sending = await waitFor(() => sender.rung[0])
    await store().reports.record([report(sending.id)])
    answer.open()
    await waitFor(async () => (await store().broadcasts.status(1, broadcast))?.finishedAt, patient)
    const recipients = await store().broadcasts.recipients(1, broadcast, {})
    expect(recipients).toMatchObject([{ pusher: name, outcome: 'sent', reports: [{ event: 'delivered' }] }])
  })

  it('is accepted for a push of a broadcast too', async () => {
    const sender = await workWith(mailBell(({ attempt }: Push) => (attempt === 1 ? 0.02 : undefined)))
    await addPusher(current().services, name, [name])
    await api().pushAll(name, 'ding')
    const sent = await until('sent')
    await store().reports.record([report(sender.rung[1]!.id)])
    expect(await timeline(sent.id)).toContain('delivered')
  })

  it('is kept once, however often and wherever it is received at the same time', async () => {
    const sender = await workWith(mailBell())
    const ids = Array.from({ length: 50 }, (_, index) => `${name}-${index}`)
    await Promise.all(ids.map((id) => addPusher(current().services, id, [name])))
    await api().pushAll(name, 'ding')
    await api().push(name, ids[0]!, 'ding')
    await waitFor(() => sender.rung.length === 51, patient)
    const sent = await until('sent')
    const all = sender.rung.flatMap(({ id, pusher }) => [report(id), bounced(id, pusher.email), report(id)])
    await Promise.all([all, all.toReversed(), all].map((reports) => store().reports.record(reports)))
    expect((await timeline(sent.id)).slice(3).toSorted()).toEqual(['bounced', 'delivered'])
    expect(await store().suppressions.list(1, { sender: name, size: 100 })).toHaveLength(50)
  })

  it('is passed over when it is of no push of that app', async () => {
    await addPusher(current().services, name, [name])
    await api().push(name, name, 'ding')
    const { id } = await newest()
    const unknown = ['999999999999999999', '99999999999999-lupino', 'x', '']
    await store().reports.record(unknown.map((push) => bounced(push, 'a@example.com')))
    await store().reports.record([bounced(id, 'a@example.com', { app: 2 }), bounced(`${id}-${name}`, 'a@example.com')])
    await store().reports.record([])
    expect(await timeline(id)).toEqual(['accepted'])
    expect(await suppressed()).toEqual([])
  })

  it('is erased with its pusher, and not kept after; the suppression stays, without the address', async () => {
    const sender = await workWith(mailBell())
    await addPusher(current().services, name, [name])
    const broadcast = await api().pushAll(name, 'ding')
    await api().push(name, name, 'ding')
    await waitFor(() => sender.rung.length === 2, patient)
    await waitFor(async () => (await store().broadcasts.status(1, broadcast))?.finishedAt, patient)
    const { id } = await until('sent')
    const reports = sender.rung.map(({ id: push }) => bounced(push, `${name}@example.com`))
    await store().reports.record(reports)
    expect(await timeline(id)).toContain('bounced')
    expect(await store().broadcasts.recipients(1, broadcast, {})).toMatchObject([{ reports: [{ event: 'bounced' }] }])
    await api().removePusher(name)
    await store().reports.record(reports.map((one) => ({ ...one, id: 'later' })))
    expect(await timeline(id)).toEqual(['accepted', 'sending', 'sent'])
    expect(await store().broadcasts.recipients(1, broadcast, {})).toEqual([])
    const shown = await suppressed()
    expect(shown).toMatchObject([{ reason: 'hard bounce' }])
    expect(JSON.stringify(shown)).not.toContain(`${name}@`)

    await addPusher(current().services, name, [name])
    await api().push(name, name, 'again')
    expect((await until('dead')).reason).toContain('hard bounce')
    expect(sender.rung).toHaveLength(2)
  })

  it('goes with its push and its broadcast when they are old', async () => {
    const sender = await workWith(mailBell())
    await addPusher(current().services, name, [name])
    const broadcast = await api().pushAll(name, 'ding')
    await api().push(name, name, 'ding')
    await waitFor(async () => (await store().broadcasts.status(1, broadcast))?.finishedAt, patient)
    const { id } = await until('sent')
    await store().reports.record(sender.rung.map(({ id: push }) => bounced(push, `${name}@example.com`)))
    const [suppression] = await suppressed()
    while (await store().history.removeDays(-86_400));
    while (await store().history.removeOldBroadcasts(-86_400, 100));
    expect(await store().history.find(1, id)).toBeNull()
    await store().suppressions.lift(1, suppression!.id)
    await store().reports.record(sender.rung.map(({ id: push }) => bounced(push, `${name}@example.com`)))
    expect(await suppressed()).toEqual([])
  })
})
