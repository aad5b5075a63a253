import { messageFormat } from '@carillon/contract'
import type { SessionConnection, SessionStream, StreamState } from '@carillon/contract/session-messages'
import * as z from 'zod'

/**
 * What stands in the roster's group of a session. Each says all there is to say of itself, so that whoever hears of
 * its end knows who it was, also where the process that held it was killed.
 */
export type Member =
  | { kind: 'connection'; connection: SessionConnection }
  | { kind: 'stream'; stream: SessionStream; connection: SessionConnection }
  /** The latest one of a stream counts. */
  | { kind: 'state'; streamId: string; step: number; state: StreamState }

const connection: z.ZodType<SessionConnection> = z.object({
  id: z.string(),
  data: z.string(),
  role: z.enum(['subscriber', 'publisher', 'publisheronly', 'moderator']),
  createdAt: z.number(),
})
const state = z.object({ layoutClassList: z.array(z.string()), hasAudio: z.boolean(), hasVideo: z.boolean() })
const stream: z.ZodType<SessionStream> = state.extend({
  id: z.string(),
  connectionId: z.string(),
  videoType: z.enum(['camera', 'screen', 'custom']),
  name: z.string(),
  createdAt: z.number(),
})

export const MEMBER = messageFormat<Member>(
  'session member',
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('connection'), connection }),
    z.object({ kind: z.literal('stream'), stream, connection }),
    z.object({ kind: z.literal('state'), streamId: z.string(), step: z.number(), state }),
  ]),
)
