import { freezeDeeply, type Push, type Sender } from '@carillon/contract'
import { onTestFinished } from 'vitest'
import { pushFor, type PushOverrides } from './examples.ts'

/** Makes a new sender for a test. */
export type MakeSender = () => Sender | Promise<Sender>

/** A sender for one test. */
export async function use(create: MakeSender): Promise<Sender> {
  const sender = await create()
  onTestFinished(() => sender.close?.())
  return sender
}

/** A sender that changed a push would spoil its next try: here it throws instead. */
export async function frozenPush(sender: Sender, overrides: PushOverrides): Promise<Push> {
  const push = await pushFor(sender, overrides)
  freezeDeeply([push.pusher, push.data])
  return Object.freeze(push)
}
