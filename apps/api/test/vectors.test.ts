import { describe, expect, it } from 'vitest'
import vectors from '../../../test/vectors.json' with { type: 'json' }
import { appWith } from './fakes.ts'
import { atTheTimeOfTheVectors, closed, v2Headers } from './signing.ts'
import { send, serveApi } from './support.ts'

atTheTimeOfTheVectors()

describe('the vectors, over HTTP', () => {
  interface V1Vector {
    what: string
    secret: string
    params: Record<string, string>
    signature: string
  }
  const requests = (vectors.hmac_md5 as object[] as V1Vector[]).filter(({ params }) => params['path'])

  it.each(requests)('v1: $what', async ({ secret, params, signature }) => {
    const { app_key: key = '', timestamp = '', path = '', ...own } = params
    const app = appWith({ key, secrets: [{ id: 1, secret, createdAt: 1 }] })
    const { port } = await serveApi(closed({ known: [app] }))
    const headers = { 'x-app-key': key, 'x-request-time': timestamp, 'x-request-signature': signature }
    const fields = new URLSearchParams(own).toString()
    const search = path.includes('search')
    const answer = search
      ? await send(port, 'GET', `${path}?${fields}`, { headers })
      : await send(port, 'POST', encodeURI(path), { body: fields, headers })
    // The pusher of one vector is not there, which only a right signature gets to hear
    expect(answer.status).toBe(path.includes('李雷') ? 404 : 200)
  })

  it.each(vectors.v2)(
    'v2: $method $path_and_query',
    async ({ secret, method, path_and_query: path, timestamp, nonce, body, signature }) => {
      const { port } = await serveApi(closed({ known: [appWith({ secrets: [{ id: 1, secret, createdAt: 1 }] })] }))
      const type = body.startsWith('{') ? { 'content-type': 'application/json' } : {}
      const headers = { ...v2Headers({ nonce, time: timestamp }), ...type, 'x-request-signature': signature }
      const { status } = await send(port, method, path, { body, headers })
      const expected: Record<string, number> = { 'n-3': 422, 'n-4': 404 } // no pushes, no such pusher
      expect(status).toBe(expected[nonce] ?? 200)
    },
  )
})
