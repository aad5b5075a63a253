import { createApi } from '@carillon/api'
import { describe, expect, it } from 'vitest'
import { appWith, type Fakes, fakeParts } from './fakes.ts'
import { atTheTimeOfTheVectors, BODY, closed, PUSH, pushHeaders } from './signing.ts'
import { send, serveApi } from './support.ts'

atTheTimeOfTheVectors()

describe('open mode', () => {
  const open = (given: Partial<Fakes> = {}) => fakeParts({ firstApp: appWith({ id: 9 }), ...given })

  it.each([{}, { 'x-app-key': '' }])('lets unsigned requests act as the first app: %j', async (headers) => {
    const parts = open()
    const { port } = await serveApi(parts)
    expect(await send(port, 'POST', PUSH, { body: BODY, headers })).toMatchObject({ status: 200 })
    expect(parts.pushed).toMatchObject([{ app: 9 }])
  })

  it('verifies a key that is given', async () => {
    const parts = open()
    const { port } = await serveApi(parts)
    expect(await send(port, 'POST', PUSH, { body: BODY, headers: { 'x-app-key': 'other' } })).toMatchObject({
      status: 401,
    })
    expect(await send(port, 'POST', PUSH, { body: BODY, headers: pushHeaders() })).toMatchObject({ status: 200 })
    expect(parts.pushed).toMatchObject([{ app: 1 }])
  })

  it.each([
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://127.0.0.1.evil.example' }, 403],
    [{ host: 'rebound.example:6001' }, 403],
    [{ host: 'localhost:6001', origin: 'http://localhost:5173' }, 200],
    [{ host: 'localhost:6001', origin: 'https://localhost:5173', 'sec-fetch-site': 'cross-site' }, 200],
    [{ origin: 'file://localhost' }, 403],
    [{ origin: 'localhost' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ host: '[::1]:6001' }, 200],
    [{ host: 'shop.localhost' }, 200],
  ])('keeps foreign pages of a browser out: %j is %i', async (headers, status) => {
    const { port } = await serveApi(open())
    expect(await send(port, 'POST', PUSH, { body: BODY, headers })).toMatchObject({ status })
  })
})

describe('never signed', () => {
  it.each(['/healthz', '/readyz', '/docs', '/openapi.json'])('%s', async (path) => {
    const response = await createApi(closed()).request(path)
    expect(response.status).toBe(200)
  })
})
