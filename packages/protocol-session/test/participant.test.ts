import type { Roster } from '@carillon/contract'
import { expect, it } from 'vitest'
import { Participant } from '../room/participant.ts'

const connection = { id: 'c', data: '', role: 'publisher', createdAt: 0 } as const
const fields = { videoType: 'camera' as const, name: '', layoutClassList: [], hasAudio: true, hasVideo: true }

it('a stream may be subscribed to from the moment in which others can hear of it, and not when they never do', async () => {
  const told: string[] = []
  let known = () => Promise.resolve()
  const participant: Participant = new Participant({
    roster: { join: () => known(), leave: async () => null } as unknown as Roster,
    group: 'g',
    connection,
    created: ({ id }) => told.push(`created ${id}`),
    ended: async ({ id }) => void told.push(`ended ${id}`),
  })
  known = async () => void told.push(`publishes c-1: ${participant.publishes('c-1')}`)
  await participant.publish(fields)
  known = () => Promise.reject(new Error('out of reach'))
  await expect(participant.publish(fields)).rejects.toThrow('out of reach')
  await participant.end('clientDisconnected')
  expect(told).toEqual(['publishes c-1: true', 'created c-1', 'ended c-1'])
})
