import { connectionEvent } from '../events.ts'
import { clientEvent } from './client-event.ts'
import type { ChannelsClient } from './client.ts'
import { type Frame, readFrame } from './frame.ts'
import { signIn } from './sign-in.ts'
import { subscribe, unsubscribe } from './subscribe.ts'

type Answer = (client: ChannelsClient, frame: Frame) => Promise<void> | void

const answers: Partial<Record<string, Answer>> = {
  'pusher:ping': (client) => client.send(connectionEvent('pong', {})),
  'pusher:pong': () => {}, // that anything was heard is what counts
  'pusher:subscribe': subscribe,
  'pusher:unsubscribe': unsubscribe,
  'pusher:signin': signIn,
}

/** Does what a client's message asks for. */
export function answer(client: ChannelsClient, text: string): Promise<void> | void {
  const frame = readFrame(text)
  if (!frame) return client.complain('A message must be a JSON object with an event.')
  const handle = frame.event.startsWith('client-') ? clientEvent : known(frame.event)
  if (!handle) return client.complain(`Clients may not send ${shortened(frame.event)}`)
  return handle(client, frame)
}

function known(event: string): Answer | undefined {
  return Object.hasOwn(answers, event) ? answers[event] : undefined
}

function shortened(event: string): string {
  return event.length > 100 ? `${event.slice(0, 100).toWellFormed()}…` : event
}
