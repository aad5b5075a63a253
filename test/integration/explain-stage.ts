import type { Check, PusherChange, Sender, SenderFacts, SenderReport } from '@carillon/contract'
import { createCore, type WorkerDeps } from '@carillon/core'
import { onTestFinished } from 'vitest'
import type { Backend } from './backends.ts'
import { newName, work } from './bells.ts'

/** What tests about the reasons of pushes need. */
export function explainStage(current: () => Backend) {
  return {
    /** A pusher of a new name, and a sender of the same name, or of another one, that it has. */
    async stage(facts: Partial<SenderFacts> = {}, change: PusherChange = {}) {
      const name = newName()
      const { services } = current()
      const sender = facts.name ?? name
      const fields = { nickname: `Person ${name}`, email: `${name}@example.com`, phoneNumber: '13800000000' }
      await services.pushers.set(1, name, { fields, addSenders: [sender], ...change }, true)
      const core = createCore({
        ...services,
        senders: new Map([[sender, { name: sender, ...facts }]]),
        wakesOnConnect: [],
      })
      const checks = async (pusher = name, through = sender) =>
        (await core.explain(1, { pusher, sender: through, phoneCountry: 'CN' })).checks
      return {
        name,
        core,
        checks,
        check: async (wanted: Check['check']) => (await checks()).find(({ check }) => check === wanted),
        push: (more = {}) => services.api(1).push(sender, name, 'ding', more),
      }
    },

    async runs(sender: Sender, options: Partial<WorkerDeps> = {}) {
      const worker = await work(current().services, [sender], options)
      onTestFinished(() => worker.stop())
    },

    /** A worker that has reported this. */
    async reports(name: string, report: Partial<SenderReport>) {
      const { workers } = current().services.store
      onTestFinished(() => workers.leave(name))
      const whole = { name, rate: null, concurrency: 1, breakers: [], ...report }
      await workers.beat({ id: name, senders: [name], missing: {}, reports: [whole], host: 'h', pid: 1 })
    },
  }
}
