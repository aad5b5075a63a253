import { describe, expect, it, vi } from 'vitest'
import { appWith, SECRET } from './fakes.ts'
import { atTheTimeOfTheVectors, BODY, closed, PUSH, pushHeaders, v2Headers } from './signing.ts'
import { send, serveApi } from './support.ts'

atTheTimeOfTheVectors()

describe('a nonce', () => {
  it('is used once', async () => {
    const { port } = await serveApi(closed())
    const request = { body: BODY, headers: v2Headers() }
    expect(await send(port, 'POST', PUSH, request)).toMatchObject({ status: 200 })
    const replay = await send(port, 'POST', PUSH, request)
    expect(replay).toMatchObject({ status: 401, json: { err: 'X-Request-Nonce was used before.', code: 'nonce_used' } })
  })

  it('is kept for as long as any request that has it could be good', async () => {
    const used: unknown[] = []
    const nonces = { use: async (...call: unknown[]) => Boolean(used.push(call)) }
    const { port } = await serveApi(closed({ nonces }))
    await send(port, 'POST', PUSH, { body: BODY, headers: v2Headers() })
    expect(used).toEqual([[1, 'n-1', 1260]])
  })

  it('is not used up by a request that proves wrong', async () => {
    const { port } = await serveApi(closed())
    await send(port, 'POST', PUSH, { body: BODY, headers: v2Headers({ secret: 'other' }) })
    expect(await send(port, 'POST', PUSH, { body: BODY, headers: v2Headers() })).toMatchObject({ status: 200 })
  })

  it.each(['', 'x'.repeat(65)])('is 1 to 64 characters: %j', async (nonce) => {
    const { port } = await serveApi(closed())
    const answer = await send(port, 'POST', PUSH, { body: BODY, headers: v2Headers({ nonce }) })
    expect(answer).toMatchObject({ status: 400, json: { err: 'X-Request-Nonce must be 1 to 64 characters.' } })
  })
})

describe('an app', () => {
  const both = () => [
    { body: BODY, headers: pushHeaders() },
    { body: BODY, headers: v2Headers() },
  ]

  it('may have several secrets, all of them good', async () => {
    const secrets = ['new', SECRET].map((secret, id) => ({ id, secret, createdAt: 1 }))
    const { port } = await serveApi(closed({ known: [appWith({ secrets })] }))
    for (const request of both()) expect(await send(port, 'POST', PUSH, request)).toMatchObject({ status: 200 })
  })

  it('without a secret admits nobody', async () => {
    const { port } = await serveApi(closed({ known: [appWith({ secrets: [] })] }))
    for (const request of both()) expect(await send(port, 'POST', PUSH, request)).toMatchObject({ status: 401 })
  })

  it('may refuse version 1', async () => {
    const { port } = await serveApi(closed({ known: [appWith({ v2Only: true })] }))
    const [v1, v2] = both()
    const refused = await send(port, 'POST', PUSH, v1)
    expect(refused).toMatchObject({ status: 401, json: { code: 'signature_version_refused' } })
    expect(await send(port, 'POST', PUSH, v2)).toMatchObject({ status: 200 })
  })

  it('knows no version 3', async () => {
    const { port } = await serveApi(closed())
    const headers = { ...v2Headers(), 'x-signature-version': '3' }
    const answer = await send(port, 'POST', PUSH, { body: BODY, headers })
    expect(answer).toMatchObject({ status: 401, json: { code: 'signature_version_refused' } })
  })

  it('that is disabled is refused with that reason, once it has authenticated', async () => {
    const { port } = await serveApi(closed({ known: [appWith({ enabled: false })] }))
    for (const request of both()) {
      expect(await send(port, 'POST', PUSH, request)).toMatchObject({
        status: 403,
        json: { err: 'This app is disabled.' },
      })
    }
    const stranger = await send(port, 'POST', PUSH, { body: BODY, headers: pushHeaders({ secret: 'other' }) })
    expect(stranger).toMatchObject({ status: 401 })
  })

  it('is looked up once a second, so that a change bites at once', async () => {
    const parts = closed()
    let lookUps = 0
    const { byKey } = parts.apps
    parts.apps.byKey = (key) => {
      lookUps += 1
      return byKey(key)
    }
    const { port } = await serveApi(parts)
    const push = () => send(port, 'POST', PUSH, { body: BODY, headers: pushHeaders() })
    await push()
    await push()
    expect(lookUps).toBe(1)
    parts.known.splice(0, 1, appWith({ enabled: false }))
    vi.advanceTimersByTime(1001)
    expect(await push()).toMatchObject({ status: 403 })
    expect(lookUps).toBe(2)
  })
})
