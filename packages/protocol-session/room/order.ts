import { messageFormat } from '@carillon/contract'
import type { Relay, SessionStream, Signal } from '@carillon/contract/session-messages'
import * as z from 'zod'

/** A request to one connection, whichever process it is in. */
export type Order =
  | { type: 'signal'; from: string | null; signal: Signal }
  | { type: 'relay'; from: string; relay: Relay }
  | { type: 'disconnect' }
  | { type: 'unpublish'; streamId: string }
  | { type: 'mute'; streamId: string }
  | { type: 'layout'; streamId: string; layoutClassList: string[] }
  | MediaOrder

/** What an archive asks of the publisher of a stream. */
export type MediaOrder =
  | {
      type: 'record'
      archive: string
      stream: Pick<SessionStream, 'id' | 'videoType' | 'name'>
      hasAudio: boolean
      hasVideo: boolean
    }
  /** @param at Unix milliseconds of the archive's end, if it has ended */
  | { type: 'endRecording'; archive: string; streamId: string; at?: number }

const streamId = z.string()
const candidate = z.object({
  candidate: z.string(),
  sdpMid: z.string().nullish(),
  sdpMLineIndex: z.number().nullish(),
  usernameFragment: z.string().nullish(),
})
const relay: z.ZodType<Relay> = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['subscribe', 'unsubscribe']), streamId }),
  z.object({ type: z.enum(['offer', 'answer']), streamId, sdp: z.string() }),
  z.object({ type: z.literal('candidate'), streamId, candidate }),
])
const recorded = z.object({ id: z.string(), videoType: z.enum(['camera', 'screen', 'custom']), name: z.string() })

export const ORDER = messageFormat<Order>(
  'session order',
  z.discriminatedUnion('type', [
    z.object({
      type: z.literal('signal'),
      from: z.string().nullable(),
      signal: z.object({ type: z.string(), data: z.string() }),
    }),
    z.object({ type: z.literal('relay'), from: z.string(), relay }),
    z.object({ type: z.literal('disconnect') }),
    z.object({ type: z.literal('unpublish'), streamId }),
    z.object({ type: z.literal('mute'), streamId }),
    z.object({ type: z.literal('layout'), streamId, layoutClassList: z.array(z.string()) }),
    z.object({
      type: z.literal('record'),
      archive: z.string(),
      stream: recorded,
      hasAudio: z.boolean(),
      hasVideo: z.boolean(),
    }),
    z.object({ type: z.literal('endRecording'), archive: z.string(), streamId, at: z.number().exactOptional() }),
  ]),
)
