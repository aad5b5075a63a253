import * as z from 'zod'
import type { Participant } from '../room/participant.ts'
import type { Act } from '../token/grant.ts'
import type { SessionClient } from './client.ts'

/** Something that a client asks for. */
export interface Command<Fields> {
  fields: z.ZodType<Fields>
  /** What its role must allow; absent: anyone may. */
  needs?: Act
  /** Which of the connection's rates it counts against. */
  rate: keyof SessionClient['rates']
  /**
   * @returns what the answer says beside that it is done
   * @throws Refusal
   */
  run(asking: Asking, fields: Fields): Promise<object | void>
}

export interface Asking {
  client: SessionClient
  participant: Participant
}

/** Keeps the type of the fields. */
export function command<Fields>(given: Command<Fields>): Command<Fields> {
  return given
}

/** Bytes of UTF-8. */
export function bytes(most: number) {
  return z.string().refine((text) => Buffer.byteLength(text) <= most, `must be at most ${most} bytes`)
}

/** Of a connection or of a stream. */
export const id = z.string().min(1).max(64)
