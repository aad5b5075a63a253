import { createHash } from 'node:crypto'
import { createApi, openApi } from '@carillon/api'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { sections } from '../routes/index.ts'
import { examplePusher, fakeParts, userToken } from './fakes.ts'

const ADMIN = { account: 'a', password: 'p' }
const document = openApi('1.2.3')
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
)

const answerOf = new Map(
  sections.flatMap(({ routes }) => routes).map(([method, path, { answer }]) => [`${method} ${path}`, answer]),
)

describe('/openapi.json', () => {
  it('is served as it is made', async () => {
    const response = await createApi(fakeParts({ version: '1.2.3' })).request('/openapi.json')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(document)))
  })

  it('has an example of a form with a list that can be sent as it is', () => {
    const { requestBody } = document.paths['/v1/pushers/{id}/token']!['post']!
    expect(requestBody!.content['application/x-www-form-urlencoded']!.example).toEqual({ scope: 'addresses' })
  })

  it('lists every route', () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
      'DELETE /pusher/pushers/{id}/',
      'DELETE /pusher/pushers/{id}/{tag}/',
      'DELETE /v1/categories/{name}',
      'DELETE /v1/me/addresses/{address}',
      'DELETE /v1/pushers/{id}/addresses/{address}',
      'DELETE /v1/suppressions/{id}',
      'DELETE /v1/templates/{name}',
      'GET /healthz',
      'GET /pusher/pushers/',
      'GET /pusher/pushers/{id}/',
      'GET /pusher/search/',
      'GET /readyz',
      'GET /v1/apps',
      'GET /v1/audit',
      'GET /v1/broadcasts',
      'GET /v1/broadcasts/{name}',
      'GET /v1/broadcasts/{name}/recipients',
      'GET /v1/categories',
      'GET /v1/categories/{name}',
      'GET /v1/explain',
      'GET /v1/me/addresses',
      'GET /v1/me/preferences',
      'GET /v1/me/push-key',
      'GET /v1/pushers/{id}/addresses',
      'GET /v1/pushers/{id}/preferences',
      'GET /v1/pushes',
      'GET /v1/pushes/{id}',
      'GET /v1/senders',
      'GET /v1/suppressions',
      'GET /v1/templates',
      'GET /v1/templates/{name}',
      'GET /v1/templates/{name}/versions',
      'PATCH /v1/apps/{id}',
      'POST /pusher/pushers/',
      'POST /pusher/pushers/{id}/',
      'POST /pusher/pushers/{id}/{tag}/',
      'POST /pusher/{sender}/add',
      'POST /pusher/{sender}/cancelpush',
      'POST /pusher/{sender}/delete',
      'POST /pusher/{sender}/push',
      'POST /pusher/{sender}/pushall',
      'POST /pusher/{sender}/remove',
      'POST /v1/apps',
      'POST /v1/broadcasts/{name}/cancel',
      'POST /v1/broadcasts/{name}/pause',
      'POST /v1/broadcasts/{name}/resume',
      'POST /v1/dead/replay',
      'POST /v1/push',
      'POST /v1/pushers/{id}/token',
      'POST /v1/pushers/{id}/unsubscribe-link',
      'POST /v1/pushes/{id}/replay',
      'POST /v1/senders/{name}/pause',
      'POST /v1/senders/{name}/resume',
      'POST /v1/suppressions',
      'POST /v1/templates/{name}/preview',
      'POST /v1/templates/{name}/rollback',
      'POST /v1/templates/{name}/test',
      'PUT /v1/categories/{name}',
      'PUT /v1/me/addresses',
      'PUT /v1/me/preferences',
      'PUT /v1/pushers/{id}/addresses',
      'PUT /v1/pushers/{id}/preferences',
      'PUT /v1/templates/{name}',
    ])
  })

  it('describes what validates', () => {
    const push = document.paths['/pusher/{sender}/push']?.['post']
    const schema = push?.requestBody?.content['application/json']?.schema
    expect(schema?.required).toEqual(['pusher'])
    expect(schema?.properties).toMatchObject({
      pusher: { maxLength: 255 },
      priority: { enum: ['high', 'normal', 'low'] },
    })
    expect(Object.keys(push?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '401', '404', '406', '413', '415', '422', '500', '503']),
    )
  })

  it.each(operations)('$method $path takes its own example', async ({ method, path, operation }) => {
    const parts = fakeParts({ admin: ADMIN })
    parts.stored.set('lupino', examplePusher({ senders: ['sendmail'] }))
    const url = path.replaceAll(/\{(\w+)\}/g, (_match, name) => String(exampleOf(operation, name)))
    const query =
      operation.parameters?.filter(({ in: place, example }) => place === 'query' && example !== undefined) ?? []
    const search = new URLSearchParams(query.map(({ name, example }): [string, string] => [name, String(example)]))
    const body = operation.requestBody?.content['application/json']?.example
    const isForUsers = operation.security.some((scheme) => 'user' in scheme)
    const authorization = isForUsers ? `Bearer ${userToken()}` : `Basic ${btoa('a:p')}`
    const headers = { 'content-type': 'application/json', authorization }
    const response = await createApi(parts).request(`${url}?${search.toString()}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    expect(Object.keys(operation.responses)).toContain(String(response.status))
    expect(response.ok).toBe(true)
    const { ignored: _ignored, ...answered } = (await response.json()) as Record<string, unknown>
    expect(answerOf.get(`${method} ${path}`)?.parse(answered)).toEqual(answered)
  })

  it.each(operations)('$method $path describes its answer, with an example of it', ({ method, path, operation }) => {
    const [success] = Object.entries(operation.responses).find(([status]) => status < '300') ?? []
    const { schema, example } = operation.responses[success ?? '']?.content['application/json'] ?? {}
    expect(Object.keys(schema?.properties ?? {})).not.toEqual([])
    expect(answerOf.get(`${method} ${path}`)?.parse(example)).toEqual(example)
  })

  it('describes each shape that several calls share once', () => {
    const text = JSON.stringify(document)
    const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
    expect(new Set(named)).toEqual(new Set(Object.keys(document.components.schemas)))
  })
})

function exampleOf({ parameters = [] }: (typeof operations)[number]['operation'], name: string): unknown {
  return parameters.find((parameter) => parameter.name === name)?.schema.examples?.[0]
}

describe('/docs', () => {
  const pageOf = async (url: string, parts = fakeParts(), headers = {}) => {
    const response = await createApi(parts).request(url, { headers })
    return { response, text: await response.text() }
  }

  it('is one page, with every call, a link to it, what it answers and its own errors', async () => {
    const { response, text } = await pageOf('/docs')
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8')
    for (const { method, path, operation } of operations) {
      expect(text).toContain(`<code>${method} ${path}</code>`)
      expect(text).toContain(`>${operation.summary}</a>`)
    }
    expect(text).toContain('<a href="#post-pusher-sender-push">')
    expect(text).toContain('<h3 id="post-pusher-sender-push">')
    expect(text).toContain('&quot;name&quot;: &quot;lupino_67f09a03afb55f07fd948aa268f9ae21&quot;')
    expect(text).toContain('<code>pusher_not_found</code> <span class="quiet">404</span>')
  })

  it('links to nothing that it lacks, and names nothing twice', async () => {
    const { text } = await pageOf('/docs')
    const body = text.slice(text.indexOf('<body>'))
    const ids = [...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    const targets = [...body.matchAll(/ (?:href="#|for="|data-copy="|aria-labelledby=")([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toEqual([...new Set(ids)])
    expect([...new Set(targets)].filter((id) => !ids.includes(id))).toEqual([])
  })

  it('shows the required fields first', async () => {
    const { text } = await pageOf('/docs')
    const own = text.slice(text.indexOf('id="post-pusher-pushers"'))
    expect(own.indexOf('<code>pusher</code>')).toBeLessThan(own.indexOf('<code>email</code>'))
  })

  it.each([
    ['http://localhost:7000/docs', {}, 'http://localhost:7000'],
    ['http://example.com/docs/', { 'x-forwarded-proto': 'https' }, 'https://example.com'],
  ])('has examples for where it is reached: %s', async (url, headers, origin) => {
    const { text } = await pageOf(url, fakeParts(), headers)
    expect(text).toContain(`curl &#39;${origin}/pusher/search/?q=tags%3Avip&amp;size=10&#39;`)
    expect(text).toContain(`createClient({ url: &#39;${origin}&#39; })`)
    expect(text).not.toContain('localhost:6001')
  })

  it('has examples below the prefix of a mount', async () => {
    const app = new Hono().route('/notify', createApi(fakeParts()))
    const text = await (await app.request('http://localhost/notify/docs')).text()
    expect(text).toContain('curl &#39;http://localhost/notify/pusher/search/')
    expect(text).toContain('href="/notify/openapi.json"')
  })

  it.each([
    [true, 'open'],
    [false, 'signed'],
  ])('begins with the examples that work: open mode %s', async (open, mode) => {
    const { text } = await pageOf('/docs', fakeParts({ open }))
    const checked = [...text.matchAll(/<input[^>]*?id="([^"]+)"[^>]*? checked/g)].map(([, id]) => id)
    expect(checked).toEqual(['language-curl', `mode-${mode}`])
  })

  it('runs and shows what it brings along, and nothing from elsewhere', async () => {
    const { response, text } = await pageOf('/docs/')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'$/)
    for (const [, own = ''] of text.matchAll(/<(?:style|script[^>]*)>(.*?)<\/(?:style|script)>/gs)) {
      expect(policy).toContain(createHash('sha256').update(own).digest('base64'))
    }
    expect(text).not.toMatch(/<link|<img|src=|url\(|style="|onclick/)
  })
})
