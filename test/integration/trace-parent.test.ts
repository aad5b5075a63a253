import type { Span, SpanStart, Tracer } from '@carillon/contract'
import { createCore } from '@carillon/core'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, gate, newName, work } from './bells.ts'

interface Begun extends SpanStart {
  traceparent: string
  ended: boolean
}

/** Remembers every span; its traceparents are numbers. */
function remembering(): Tracer & { begun: Begun[] } {
  const begun: Begun[] = []
  return {
    begun,
    begin(start) {
      const span: Begun & Span = {
        ...start,
        traceparent: String(begun.length),
        ended: false,
        set() {},
        end: () => void (span.ended = true),
      }
      begun.push(span)
      return span
    },
    within: (_, run) => run(),
  }
}

onEveryBackend('the trace of a push', (current) => {
  async function ring(answer: Parameters<typeof bell>[1]) {
    const tracer = remembering()
    const services = { ...current().services, tracer }
    const core = createCore({ ...services, senders: new Map(), wakesOnConnect: [] })
    const name = newName()
    await addPusher(services, 'lupino', [name])
    const worker = await work(services, [bell(name, answer)])
    onTestFinished(() => worker.stop())
    const command = { app: 1, sender: name, data: 'ding', schedat: 0 }
    const push = () => core.push({ ...command, pusher: 'lupino', force: false, priority: 'normal', ttl: 60 })
    const spans = (kind: SpanStart['kind']) => tracer.begun.filter((span) => span.kind === kind)
    const parents = () => spans('consumer').map(({ parent }) => parent)
    const ended = (count: number) =>
      waitFor(() => spans('consumer').length === count && tracer.begun.every((span) => span.ended))
    return { core, command, push, spans, parents, ended }
  }

  it('goes on in each try, and in the call of its sender', async () => {
    const { push, spans, parents, ended } = await ring(({ attempt }) => (attempt === 1 ? 0.01 : 0))
    await push()
    await ended(2)
    const [accepted] = spans('producer')
    expect(parents()).toEqual([accepted!.traceparent, accepted!.traceparent])
    expect(spans('client').map(({ parent }) => parent)).toEqual(spans('consumer').map(({ traceparent }) => traceparent))
  })

  it('is that of the last caller, where the push is added to while it is being sent', async () => {
    const hold = gate()
    const { push, spans, parents, ended } = await ring(() => hold.passed)
    await push()
    await waitFor(() => spans('client').length === 1)
    await push()
    hold.open()
    await ended(2)
    expect(parents()).toEqual(spans('producer').map(({ traceparent }) => traceparent))
  })

  it('leads from a broadcast to each recipient, also to one that takes another try', async () => {
    const { core, command, spans, parents, ended } = await ring(({ attempt }) => (attempt === 1 ? 0.01 : 0))
    await core.pushAll({ ...command, tag: '' })
    await ended(2)
    const [accepted] = spans('producer')
    expect(parents()).toEqual([accepted!.traceparent, accepted!.traceparent])
  })
})
