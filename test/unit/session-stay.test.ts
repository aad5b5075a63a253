import type { Roster } from '@carillon/contract'
import { expect, it } from 'vitest'
import { Stay } from '../../packages/protocol-session/room/stay.ts'

const connection = { id: 'c', data: '', role: 'publisher', createdAt: 0 } as const
const fields = { videoType: 'camera' as const, name: '', layoutClassList: [], hasAudio: true, hasVideo: true }

it('a stream may be subscribed to from the moment in which others can hear of it, and not when they never do', async () => {
  const told: string[] = []
  let known = () => Promise.resolve()
  const stay: Stay = new Stay({
    roster: { join: () => known(), leave: async () => null } as unknown as Roster,
    group: 'g',
    connection,
    created: ({ id }) => told.push(`created ${id}`),
    ended: async ({ id }) => void told.push(`ended ${id}`),
  })
  known = async () => void told.push(`publishes c-1: ${stay.publishes('c-1')}`)
  await stay.publish(fields)
  known = () => Promise.reject(new Error('out of reach'))
  await expect(stay.publish(fields)).rejects.toThrow('out of reach')
  await stay.end('clientDisconnected')
  expect(told).toEqual(['publishes c-1: true', 'created c-1', 'ended c-1'])
})
