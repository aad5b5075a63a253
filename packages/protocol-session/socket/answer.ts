import { describeIssues } from '@carillon/contract'
import * as z from 'zod'
import { Refusal } from '@carillon/http'
import type { Participant } from '../room/participant.ts'
import { may } from '../token.ts'
import type { SessionClient } from './client.ts'
import type { Command } from './client.ts'
import { answer as answerCall, candidate, iceServers, offer } from './commands/calls.ts'
import { forceDisconnect, forceUnpublish, mute } from './commands/participants.ts'
import { signal } from './commands/participants.ts'
import { change, publish, subscribe, unpublish, unsubscribe } from './commands/streams.ts'

/** The commands that a client may send. */
const commands = {
  signal,
  publish,
  unpublish,
  change,
  subscribe,
  unsubscribe,
  offer,
  answer: answerCall,
  candidate,
  forceDisconnect,
  forceUnpublish,
  mute,
  iceServers,
}

const message = z.object({
  type: z.string(),
  /** Comes back with the answer. */
  request: z.union([z.string().max(64), z.number()]).optional(),
})

/** Runs the command in a client's message. Success is answered if the message has a `request`, errors always. */
export async function answer(client: SessionClient, participant: Participant, text: string): Promise<void> {
  const sent = parsed(text)
  const { data: { type, request } = { type: undefined } } = message.safeParse(sent)
  try {
    const done = await run(client, participant, type, sent)
    if (request !== undefined) client.send({ type: 'done', request, ...done })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    client.send({ type: 'error', request, code: error.status, message: error.message })
  }
}

async function run(
  client: SessionClient,
  participant: Participant,
  type: string | undefined,
  sent: unknown,
): Promise<object | void> {
  const asked = type !== undefined && Object.hasOwn(commands, type) ? commandOf(type) : undefined
  const rate = client.rates[asked?.rate ?? 'others']
  if (!rate.take()) throw new Refusal(429, 'The message was dropped: too many messages of this type per second.')
  if (type === undefined) throw new Refusal(400, 'A message must be a JSON object with a type.')
  if (!asked) throw new Refusal(400, `Clients may not send this type; use one of ${Object.keys(commands).join(', ')}.`)
  const { needs } = asked
  if (needs !== undefined && !may(client.grant.role, needs)) throw new Refusal(403, notAllowed(client, needs))
  const { data, error } = asked.fields.safeParse(sent)
  if (error) throw new Refusal(400, describeIssues(error.issues))
  return asked.run({ client, participant }, data)
}

function commandOf(type: string): Command<unknown> {
  return commands[type as keyof typeof commands]
}

function notAllowed({ grant }: SessionClient, act: string): string {
  return `A ${grant.role} may not ${act}.`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
