import { expect, it } from 'vitest'
import { joins, onEveryCluster } from '../services/sessions.ts'

onEveryCluster('joining a session', (start) => {
  it('tells who comes, who is there and who goes', async () => {
    const { pair, session } = await start()
    const ann = await joins(pair[0], session, { data: 'name=Ann', role: 'moderator' })
    const annHerself = { id: ann.id, data: 'name=Ann', role: 'moderator', createdAt: expect.any(Number) }
    expect(ann.connected).toEqual({ type: 'connected', connectionId: ann.id, connections: [annHerself], streams: [] })
    const stream = await ann.publishes({ name: 'desk', videoType: 'screen', hasAudio: false })
    const bob = await joins(pair[1], session)
    const bobHimself = { id: bob.id, data: '', role: 'publisher', createdAt: expect.any(Number) }
    expect(bob.connected).toMatchObject({ connections: [annHerself, bobHimself], streams: [stream] })
    expect(await ann.hears({ type: 'connectionCreated' })).toEqual({
      type: 'connectionCreated',
      connection: bobHimself,
    })
    bob.end()
    expect(await ann.hears({ type: 'connectionDestroyed' })).toEqual({
      type: 'connectionDestroyed',
      connection: bobHimself,
    })
    await expect.poll(() => pair[1].rooms.connections(7, session)).toEqual([annHerself])
    expect(await pair[1].rooms.streams(7, session)).toEqual([stream])
  })
})
