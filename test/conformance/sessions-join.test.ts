import { createHmac } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freshRedis, hasRedis } from '../services/fresh-redis.ts'
import { clustersOn } from '../services/realtime.ts'
import { app, joins, onEveryCluster, startOn } from '../services/sessions.ts'

onEveryCluster('joining a session', (start) => {
  it('connected: tells who and what is there', async () => {
    const { pair, session } = await start()
    const ann = await joins(pair[0], session, { data: 'name=Ann', role: 'moderator' })
    const annHerself = { id: ann.id, data: 'name=Ann', role: 'moderator', createdAt: expect.any(Number) }
    expect(ann.connected).toEqual({ type: 'connected', connectionId: ann.id, connections: [annHerself], streams: [] })
    const stream = await ann.publishes({ name: 'desk', videoType: 'screen', hasAudio: false })
    const bob = await joins(pair[1], session)
    const bobHimself = { id: bob.id, data: '', role: 'publisher', createdAt: expect.any(Number) }
    expect(bob.connected).toMatchObject({ connections: [annHerself, bobHimself], streams: [stream] })
    expect(await pair[1].rooms.connections(app.id, session)).toEqual([annHerself, bobHimself])
    expect(await pair[1].rooms.streams(app.id, session)).toEqual([stream])
  })

  it('connectionCreated, connectionDestroyed: each comes and goes once for the others, and once for the application', async () => {
    const { pair, session } = await start()
    const ann = await joins(pair[0], session)
    const bob = await joins(pair[1], session, { data: 'Bob' })
    const connection = { id: bob.id, data: 'Bob', role: 'publisher', createdAt: expect.any(Number) }
    expect(await ann.hears({ type: 'connectionCreated' })).toEqual({ type: 'connectionCreated', connection })
    bob.end()
    expect(await ann.hears({ type: 'connectionDestroyed' })).toEqual({ type: 'connectionDestroyed', connection })
    const cut = await joins(pair[1], session)
    cut.terminate()
    await ann.hears({ type: 'connectionDestroyed' })
    expect((await ann.rest()).map(({ type }) => type)).toEqual(['connectionCreated'])
    await expect.poll(() => endsOf(pair[1].events)).toEqual(['clientDisconnected', 'networkDisconnected'])
    expect(pair[1].events.at(-1)).toEqual({
      type: 'connectionDestroyed',
      app: app.id,
      session,
      at: expect.any(Number),
      connection: { ...connection, id: cut.id, data: '' },
      reason: 'networkDisconnected',
    })
    expect(await pair[0].rooms.connections(app.id, session)).toHaveLength(1)
  })

  it('publish, unpublish: streamCreated, streamDestroyed', async () => {
    const { pair, session } = await start()
    const [ann, bob] = [await joins(pair[0], session), await joins(pair[1], session)]
    const claims = { initial_layout_class_list: 'big  round' }
    const cy = await joins(pair[0], session, { claims })
    const { stream } = await cy.asks({ type: 'publish', stream: {} })
    expect(stream).toEqual({
      id: expect.stringMatching(new RegExp(`^${cy.id}-`)),
      connectionId: cy.id,
      name: '',
      videoType: 'camera',
      hasAudio: true,
      hasVideo: true,
      layoutClassList: ['big', 'round'],
      createdAt: expect.any(Number),
    })
    for (const each of [ann, bob, cy]) expect((await each.hears({ type: 'streamCreated' })).stream).toEqual(stream)
    const second = await cy.publishes()
    expect(await pair[1].rooms.streams(app.id, session)).toEqual([stream, second])
    expect(await cy.asks({ type: 'unpublish', streamId: second.id })).toEqual({ type: 'done' })
    expect((await bob.hears({ type: 'streamDestroyed' })).stream).toEqual(second)
    cy.end()
    expect((await bob.hears({ type: 'streamDestroyed' })).stream).toEqual(stream)
    expect((await bob.hears({ type: 'connectionDestroyed' })).connection).toMatchObject({ id: cy.id })
    await expect
      .poll(() => pair[0].events.flatMap((one) => ('reason' in one ? [[one.type, one.reason]] : [])))
      .toEqual([
        ['streamDestroyed', 'clientUnpublished'],
        ['streamDestroyed', 'clientDisconnected'],
        ['connectionDestroyed', 'clientDisconnected'],
      ])
    expect(await pair[1].rooms.streams(app.id, session)).toEqual([])
  })

  it('change, and the layout that the application sets: streamChanged', async () => {
    const { pair, session } = await start()
    const [ann, bob] = [await joins(pair[0], session), await joins(pair[1], session)]
    const [stream, other] = [await ann.publishes(), await ann.publishes()]
    await ann.asks({ type: 'change', streamId: stream.id, hasAudio: false })
    const { type: _, ...changed } = await bob.hears({ type: 'streamChanged' })
    expect(changed).toEqual({ streamId: stream.id, hasAudio: false, hasVideo: true, layoutClassList: [] })
    const layouts = [stream, other].map(({ id }) => ({ id, layoutClassList: ['full'] }))
    expect(await pair[1].rooms.setLayout(app.id, session, layouts)).toBe(true)
    expect(await pair[1].rooms.streams(app.id, session)).toMatchObject([
      { id: stream.id, hasAudio: false, layoutClassList: ['full'] },
      { id: other.id, hasAudio: true, layoutClassList: ['full'] },
    ])
    const wrong = [
      { id: stream.id, layoutClassList: [] },
      { id: `${ann.id}-9`, layoutClassList: [] },
    ]
    expect(await pair[1].rooms.setLayout(app.id, session, wrong)).toBe(false)
    expect(await pair[1].rooms.streams(app.id, session)).toMatchObject([{ layoutClassList: ['full'] }, {}])
    await ann.asks({ type: 'change', streamId: stream.id, hasAudio: true })
    await bob.hears({ type: 'streamChanged', hasAudio: true })
    expect((await joins(pair[1], session)).connected.streams).toMatchObject([{ hasAudio: true }, { hasAudio: true }])
    ann.end()
    await expect.poll(() => pair[1].hub.roster.size(`sessions:${app.id}:${session}`)).toBe(2)
  })

  it('signal: to all, including its sender, and to one', async () => {
    const { pair, session, newSession } = await start()
    const elsewhere = await joins(pair[0], newSession())
    const [ann, bob] = [await joins(pair[0], session), await joins(pair[1], session)]
    await ann.hears({ type: 'connectionCreated' })
    expect(await ann.asks({ type: 'signal', signal: { type: 'chat', data: 'ö☃' } })).toEqual({ type: 'done' })
    const toAll = { type: 'signal', from: ann.id, signal: { type: 'chat', data: 'ö☃' } }
    for (const each of [ann, bob]) expect(await each.hears({ type: 'signal' })).toEqual(toAll)
    expect(await ann.asks({ type: 'signal', to: bob.id, signal: { data: 'psst' } })).toEqual({ type: 'done' })
    expect(await bob.hears({ type: 'signal' })).toMatchObject({ from: ann.id, signal: { type: '', data: 'psst' } })
    expect(await pair[1].rooms.signal(app.id, session, { type: 'a', data: 'b' })).toBe(true)
    for (const each of [ann, bob]) expect(await each.hears({ type: 'signal' })).toMatchObject({ from: null })
    expect(await pair[1].rooms.signal(app.id, session, { type: 'a', data: 'c' }, ann.id)).toBe(true)
    expect(await ann.hears({ type: 'signal' })).toMatchObject({ from: null, signal: { data: 'c' } })
    for (const to of [elsewhere.id, 'nobody']) {
      expect(await ann.asks({ type: 'signal', to, signal: {} })).toMatchObject({ type: 'error', code: 404 })
      expect(await pair[1].rooms.signal(app.id, session, { type: '', data: '' }, to)).toBe(false)
    }
    for (const each of [ann, bob, elsewhere]) expect(await each.rest()).toEqual([])
    const told = [...new Set(pair)].flatMap(({ events }) => events).filter(({ type }) => type === 'signal')
    expect(told).toHaveLength(4)
    expect(told).toContainEqual(expect.objectContaining({ from: ann.id, to: bob.id }))
    expect(told).toContainEqual(expect.objectContaining({ from: null, to: null, signal: { type: 'a', data: 'b' } }))
  })

  it('signals of one come to each in their order, whether to all or to one', async () => {
    const { pair, session } = await start()
    const [ann, bob] = [await joins(pair[0], session), await joins(pair[1], session)]
    for (let n = 0; n < 40; n++)
      ann.send({ type: 'signal', ...(n % 3 === 0 && { to: bob.id }), signal: { data: `${n}` } })
    await ann.rest()
    await bob.hears({ type: 'signal' })
    await expect.poll(() => bob.heard.filter(({ type }) => type === 'signal').length).toBe(39)
    const data = bob.heard.flatMap(({ signal }) => (signal ? [Number((signal as { data: string }).data)] : []))
    expect(data).toEqual(Array.from({ length: 39 }, (_, n) => n + 1))
  })

  it('forceDisconnect, by a moderator and by the application: forceDisconnected, then the end', async () => {
    const { pair, session } = await start()
    const mod = await joins(pair[0], session, { role: 'moderator' })
    const [ann, bob] = [await joins(pair[1], session), await joins(pair[0], session)]
    expect(await mod.asks({ type: 'forceDisconnect', connectionId: ann.id })).toEqual({ type: 'done' })
    expect(await pair[1].rooms.disconnect(app.id, session, bob.id)).toBe(true)
    for (const each of [ann, bob]) {
      await each.hears({ type: 'forceDisconnected' })
      expect(await each.closed).toMatch(/^4403 /)
      await mod.hears({ type: 'connectionDestroyed' })
    }
    expect(await mod.asks({ type: 'forceDisconnect', connectionId: ann.id })).toMatchObject({ code: 404 })
    expect(await pair[1].rooms.disconnect(app.id, session, bob.id)).toBe(false)
    const events = [...new Set(pair)].flatMap((node) => endsOf(node.events))
    expect(events).toEqual(['forceDisconnected', 'forceDisconnected'])
  })

  it('forceUnpublish: forceUnpublished for the publisher, streamDestroyed for all', async () => {
    const { pair, session } = await start()
    const mod = await joins(pair[0], session, { role: 'moderator' })
    const ann = await joins(pair[1], session)
    const [stream, other] = [await ann.publishes(), await ann.publishes()]
    expect(await mod.asks({ type: 'forceUnpublish', streamId: stream.id })).toEqual({ type: 'done' })
    expect(await ann.hears({ type: 'forceUnpublished' })).toMatchObject({ streamId: stream.id })
    for (const each of [ann, mod]) expect((await each.hears({ type: 'streamDestroyed' })).stream).toEqual(stream)
    expect(await pair[0].rooms.streams(app.id, session)).toEqual([other])
    expect(await mod.asks({ type: 'forceUnpublish', streamId: stream.id })).toMatchObject({ code: 404 })
    expect(endsOf(pair[1].events)).toEqual(['forceUnpublished'])
  })

  it('mute, of one stream: muteForced for its publisher', async () => {
    const { pair, session } = await start()
    const mod = await joins(pair[0], session, { role: 'moderator' })
    const ann = await joins(pair[1], session)
    const [stream] = [await ann.publishes(), await mod.publishes()]
    expect(await mod.asks({ type: 'mute', streamId: stream.id })).toEqual({ type: 'done' })
    expect(await ann.hears({ type: 'muteForced' })).toEqual({ type: 'muteForced', streamId: stream.id })
    expect(await pair[0].rooms.mute(app.id, session, stream.id)).toBe(true)
    await ann.hears({ type: 'muteForced' })
    for (const streamId of [`${ann.id}-7`, 'x', '-']) {
      expect(await mod.asks({ type: 'mute', streamId })).toMatchObject({ code: 404 })
      expect(await pair[0].rooms.mute(app.id, session, streamId)).toBe(false)
    }
    expect((await mod.rest()).filter(({ type }) => type === 'muteForced')).toEqual([])
    expect(pair[0].events.filter(({ type }) => type === 'muteForced')).toMatchObject([
      { streams: [stream.id] },
      { streams: [stream.id] },
    ])
  })

  it('mute, of all streams but some: muteForced for all; those who publish later are notified, until it ends', async () => {
    const { pair, session, newSession } = await start()
    const mod = await joins(pair[0], session, { role: 'moderator' })
    const [ann, mine] = [await joins(pair[1], session), await mod.publishes()]
    const stream = await ann.publishes()
    await mod.asks({ type: 'mute', active: true, excludedStreamIds: [mine.id] })
    for (const each of [ann, mod]) {
      expect(await each.hears({ type: 'muteForced' })).toEqual({
        type: 'muteForced',
        active: true,
        excludedStreamIds: [mine.id],
      })
    }
    expect(await ann.asks({ type: 'publish', stream: {} })).toMatchObject({ type: 'done', muted: true })
    const elsewhere = await joins(pair[1], newSession())
    expect(await elsewhere.asks({ type: 'publish', stream: {} })).toMatchObject({ muted: false })
    await pair[1].rooms.muteAll(app.id, session, false, [])
    expect(await ann.hears({ type: 'muteForced' })).toMatchObject({ active: false })
    expect(await ann.asks({ type: 'publish', stream: {} })).toMatchObject({ muted: false })
    const told = [...new Set(pair)].flatMap(({ events }) => events.filter(({ type }) => type === 'muteForced'))
    expect(told).toMatchObject([
      { active: true, streams: [stream.id] },
      { active: false, streams: [] },
    ])
  })

  it('subscribe, offer, answer, candidate, unsubscribe: from client to client, stamped, and kept nowhere', async () => {
    const { pair, session } = await start()
    const [ann, bob] = [await joins(pair[0], session), await joins(pair[1], session)]
    const { id: streamId } = await ann.publishes()
    expect(await bob.asks({ type: 'subscribe', streamId })).toEqual({ type: 'done' })
    expect(await ann.hears({ type: 'subscribe' })).toEqual({ type: 'subscribe', from: bob.id, streamId })
    expect(await ann.asks({ type: 'offer', to: bob.id, streamId, sdp: 'v=0 offer', from: 'x' })).toEqual({
      type: 'done',
    })
    expect(await bob.hears({ type: 'offer' })).toEqual({ type: 'offer', from: ann.id, streamId, sdp: 'v=0 offer' })
    bob.send({ type: 'answer', to: ann.id, streamId, sdp: 'v=0 answer' })
    expect(await ann.hears({ type: 'answer' })).toEqual({ type: 'answer', from: bob.id, streamId, sdp: 'v=0 answer' })
    const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null }
    bob.send({ type: 'candidate', to: ann.id, streamId, candidate: { ...candidate, more: 1 } })
    expect(await ann.hears({ type: 'candidate' })).toEqual({ type: 'candidate', from: bob.id, streamId, candidate })
    await ann.asks({ type: 'candidate', to: bob.id, streamId, candidate })
    expect(await bob.hears({ type: 'candidate' })).toMatchObject({ from: ann.id })
    await bob.asks({ type: 'unsubscribe', streamId })
    expect(await ann.hears({ type: 'unsubscribe' })).toEqual({ type: 'unsubscribe', from: bob.id, streamId })
    expect(await ann.asks({ type: 'offer', to: bob.id, streamId, sdp: 'v=0' })).toMatchObject({ code: 404 })
    const kept = JSON.stringify([...(await pair[0].hub.roster.view(`sessions:${app.id}:${session}`)).members])
    expect(kept + JSON.stringify(pair.map(({ events }) => events))).not.toContain('v=0')
  })

  it('archiveStarted, archiveStopped: for all', async () => {
    const { pair, session } = await start()
    const [ann, bob] = [await joins(pair[0], session), await joins(pair[1], session)]
    const announcement = { type: 'archiveStarted' as const, id: 'a', name: null }
    await pair[0].rooms.announce(app.id, session, announcement)
    for (const each of [ann, bob]) expect(await each.hears({ type: 'archiveStarted' })).toEqual(announcement)
  })

  it('iceServers: with credentials as coturn checks them, of a client and for a while', async () => {
    const { pair, session } = await start()
    const ann = await joins(pair[0], session, { role: 'subscriber' })
    const before = Math.floor(Date.now() / 1000)
    const { iceServers } = await ann.asks({ type: 'iceServers' })
    const [stun, turn] = iceServers as [object, { urls: string[]; username: string; credential: string }]
    expect(stun).toEqual({ urls: ['stun:stun.example.com'] })
    expect(turn.urls).toEqual(['turn:turn.example.com'])
    const [expiry, user] = turn.username.split(':')
    expect(user).toBe(ann.id)
    expect(Number(expiry)).toBeGreaterThanOrEqual(before + 600)
    expect(Number(expiry)).toBeLessThanOrEqual(before + 600 + 60)
    const right = createHmac('sha1', 'turn-secret').update(turn.username).digest('base64')
    expect(turn.credential).toBe(right)
  })

  it('rings for the pusher that the application names in the connection data, and for nobody else', async () => {
    const { pair, session } = await start()
    const ann = await joins(pair[0], session, { data: '{"pusher":"ann","name":"Ann"}', role: 'subscriber' })
    const others = await Promise.all(
      ['ann', '"ann"', 'null', '{"pusher":1}', '{"pusher":""}', 'pusher=ann'].map((data) =>
        joins(pair[1], session, { data }),
      ),
    )
    await ann.rest()
    expect(await pair[1].hub.users.notify(app.id, 'ann', { event: 'hello', data: { n: 1 } }, 5000)).toBe(true)
    expect(await ann.hears({ type: 'push' })).toEqual({ type: 'push', event: 'hello', data: { n: 1 } })
    for (const other of others) expect((await other.rest()).filter(({ type }) => type === 'push')).toEqual([])
    for (const nobody of ['', '1', 'pusher=ann']) {
      expect(await pair[1].hub.users.connections(app.id, [nobody])).toEqual([0])
    }
    await pair[1].hub.users.terminate(app.id, 'ann', 5000)
    expect(await ann.closed).toMatch(/^4403 /)
    await expect.poll(() => pair[1].hub.users.connections(app.id, ['ann'])).toEqual([0])
  })

  it('is left for another node when this one goes down', async () => {
    const { pair, session } = await start()
    const [ann, bob] = [await joins(pair[0], session), await joins(pair[1], session)]
    await ann.publishes()
    await pair[0].restart()
    expect(await ann.closed).toMatch(/^4200 /)
    if (pair[0] === pair[1]) return
    await bob.hears({ type: 'streamDestroyed' })
    await bob.hears({ type: 'connectionDestroyed' })
    expect(await pair[1].rooms.connections(app.id, session)).toHaveLength(1)
    expect(pair[0].events.map(({ type }) => type).slice(-2)).toEqual(['streamDestroyed', 'connectionDestroyed'])
  })
})

describe.skipIf(!hasRedis)('a session on a node that dies', () => {
  it('loses its participants once, and another node notifies the application of each', async () => {
    const redis = await freshRedis()
    onTestFinished(redis.drop)
    const { pair, session } = await startOn(await clustersOn(redis, 2))
    const [ann, bob] = [await joins(pair[0], session), await joins(pair[1], session, { data: 'Bob' })]
    const stream = await bob.publishes()
    await bob.asks({ type: 'change', streamId: stream.id, hasAudio: false })
    await ann.hears({ type: 'streamChanged' })
    const cy = await joins(pair[0], session)
    cy.end()
    await ann.hears({ type: 'connectionDestroyed' })
    // Its leases end without an announcement, as they do when it is killed.
    await pair[1].cluster.close()
    expect(await ann.hears({ type: 'streamDestroyed' })).toMatchObject({ stream })
    expect(await ann.hears({ type: 'connectionDestroyed' })).toMatchObject({ connection: { id: bob.id, data: 'Bob' } })
    expect(await pair[0].rooms.connections(app.id, session)).toMatchObject([{ id: ann.id }])
    expect(await pair[0].rooms.streams(app.id, session)).toEqual([])
    // That of cy was not told again.
    const ends = ['clientDisconnected', 'networkDisconnected', 'networkDisconnected']
    await expect.poll(() => endsOf(pair[0].events)).toEqual(ends)
    const connection = expect.objectContaining({ id: bob.id, data: 'Bob' })
    expect(pair[0].events).toContainEqual(expect.objectContaining({ type: 'streamDestroyed', stream, connection }))
    expect(pair[0].events).toContainEqual(expect.objectContaining({ type: 'connectionDestroyed', connection }))
    expect((await ann.rest()).map(({ type }) => type)).toEqual([
      'connectionCreated',
      'streamCreated',
      'connectionCreated',
    ])
  })
})

function endsOf(events: readonly object[]): unknown[] {
  return events.flatMap((event) => ('reason' in event ? [event.reason] : []))
}
