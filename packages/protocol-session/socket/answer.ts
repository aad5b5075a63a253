import { describeIssues } from '@carillon/contract'
import * as z from 'zod'
import { Refusal } from '@carillon/request'
import type { Stay } from '../room/stay.ts'
import { may } from '../token/role.ts'
import type { Command } from './command.ts'
import { iceServers } from './commands/ice-servers.ts'
import { forceDisconnect, forceUnpublish, mute } from './commands/moderate.ts'
import { change, publish, unpublish } from './commands/publish.ts'
import { answer as answerCall, candidate, offer } from './commands/relay.ts'
import { signal } from './commands/signal.ts'
import { subscribe, unsubscribe } from './commands/subscribe.ts'
import type { Connection } from './connection.ts'

/** All that a client may ask for. */
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

/** Does what a client's message asks for, and says so where the message has a `request`; errors are always told. */
export async function answer(connection: Connection, stay: Stay, text: string): Promise<void> {
  const sent = parsed(text)
  const { data: { type, request } = { type: undefined } } = message.safeParse(sent)
  try {
    const done = await run(connection, stay, type, sent)
    if (request !== undefined) connection.send({ type: 'done', request, ...done })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    connection.send({ type: 'error', request, code: error.status, message: error.message })
  }
}

async function run(
  connection: Connection,
  stay: Stay,
  type: string | undefined,
  sent: unknown,
): Promise<object | void> {
  const asked = type !== undefined && Object.hasOwn(commands, type) ? commandOf(type) : undefined
  const rate = connection.rates[asked?.rate ?? 'others']
  if (!rate.take()) throw new Refusal(429, 'Dropped: you send too many of these in a second.')
  if (type === undefined) throw new Refusal(400, 'A message must be a JSON object with a type.')
  if (!asked) throw new Refusal(400, `Clients may not send this; a type is one of ${Object.keys(commands).join(', ')}.`)
  const { needs } = asked
  if (needs !== undefined && !may(connection.grant.role, needs)) throw new Refusal(403, notAllowed(connection, needs))
  const { data, error } = asked.fields.safeParse(sent)
  if (error) throw new Refusal(400, describeIssues(error.issues))
  return asked.run({ connection, stay }, data)
}

function commandOf(type: string): Command<unknown> {
  return commands[type as keyof typeof commands]
}

function notAllowed({ grant }: Connection, act: string): string {
  return `A ${grant.role} may not ${act}.`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
