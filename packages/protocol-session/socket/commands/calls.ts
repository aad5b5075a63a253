import type { Relay } from '@carillon/contract/session-messages'
import * as z from 'zod'
import { Refusal } from '@carillon/http'
import { iceServersFor } from '../../ice.ts'
import { isRecorder } from '../../archives/stream-recording.ts'
import { publisherOf } from '../../room/member.ts'
import { type CommandContext, bytes, command, id } from '../client.ts'

/** Bytes: several times what a browser writes for a camera, a microphone and all codecs. */
const LONGEST_SDP = 32 * 1024
const LONGEST_CANDIDATE = 2048

const where = { to: id, streamId: id }
const described = z.object({ ...where, sdp: bytes(LONGEST_SDP) })
const candidateFields = z.object({
  ...where,
  candidate: z.object({
    candidate: bytes(LONGEST_CANDIDATE),
    sdpMid: z.string().max(64).nullish(),
    sdpMLineIndex: z.number().int().nullish(),
    usernameFragment: z.string().max(256).nullish(),
  }),
})

/** SessionTarget before each call, so that credentials are fresh. */
export const iceServers = command({
  fields: z.object({}),
  rate: 'others',
  async run({ client }) {
    const now = Math.floor(Date.now() / 1000)
    return { iceServers: iceServersFor(client.deps.ice, client.id, now) }
  },
})

export const offer = command({
  fields: described,
  needs: 'publish',
  rate: 'relays',
  async run(context, { to, streamId, sdp }) {
    if (!context.participant.publishes(streamId)) throw new Refusal(403, 'Offer a stream that you publish.')
    await relay(context, to, { type: 'offer', streamId, sdp })
  },
})

export const answer = command({
  fields: described,
  needs: 'subscribe',
  rate: 'relays',
  async run(context, { to, streamId, sdp }) {
    checkSubscribed(context, to, streamId)
    await relay(context, to, { type: 'answer', streamId, sdp })
  },
})

export const candidate = command({
  fields: candidateFields,
  rate: 'relays',
  async run(context, { to, streamId, candidate: found }) {
    if (!context.participant.publishes(streamId)) checkSubscribed(context, to, streamId)
    await relay(context, to, { type: 'candidate', streamId, candidate: found })
  },
})

function checkSubscribed({ client }: CommandContext, to: string, streamId: string): void {
  if (client.subscriptions.has(streamId) && publisherOf(streamId) === to) return
  throw new Refusal(403, 'Subscribe to the stream first; to is its publisher.')
}

async function relay({ client }: CommandContext, to: string, what: Relay): Promise<void> {
  const { deps, room, id: from } = client
  if (isRecorder(to)) return deps.recordings.hear(client, to, what)
  if (await deps.rooms.order(room, to, { type: 'relay', from, relay: what })) return
  throw new Refusal(404, 'No connection of this session has the id in to and takes part in this stream.')
}
