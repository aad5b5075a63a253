import { createApi } from '@carillon/api'
import { describe, expect, it } from 'vitest'
import { startApi } from './calls.ts'
import { exampleTemplate, fakeParts } from './fakes.ts'

const { data: _data, ...template } = exampleTemplate()
const put = { sender: 'sendmail', data: '{"subject":"Hello"}' }

describe('/v1/templates', () => {
  it('lists them', async () => {
    expect(await startApi().call('GET', '/v1/templates')).toEqual({ status: 200, json: { templates: [template] } })
  })

  it('stores one, from a form or JSON', async () => {
    const { call, calls } = startApi()
    expect(
      await call('PUT', '/v1/templates/welcome', { ...put, locale: 'ZH-hant-tw', strict: '1', category: 'news' }),
    ).toMatchObject({ status: 200, json: { template: { name: 'welcome', version: 1 } } })
    await call('PUT', '/v1/templates/welcome', { ...put, locale: '' })
    expect(calls).toEqual([
      ['putTemplate', 1, { name: 'welcome', ...put, locale: 'zh-Hant-TW', strict: true, category: 'news' }],
      ['putTemplate', 1, { name: 'welcome', ...put, locale: '', strict: false, category: null }],
    ])
  })

  it.each([
    ['PUT', '/v1/templates/a%20b', put, 'name must be 1 to 64 of'],
    ['PUT', '/v1/templates/a', { sender: 'sendmail' }, 'data is required'],
    ['PUT', '/v1/templates/a', { ...put, locale: 'german' }, 'locale must be a language tag'],
    ['PUT', '/v1/templates/a', { ...put, data: 'x'.repeat(200_001) }, 'data must be at most 200000 characters'],
    ['GET', '/v1/templates/a?version=0', undefined, 'version must be the number of a version'],
    ['POST', '/v1/templates/a/rollback', {}, 'version is required'],
    ['POST', '/v1/templates/a/test', {}, 'pusher is required'],
    ['POST', '/v1/templates/a/preview', { pusher: '{"email":' }, 'pusher must be'],
    ['POST', '/v1/templates/a/preview', { vars: '[]' }, 'vars must be a JSON object'],
    ['POST', '/v1/templates/a/preview', { vars: '{"shop":"C' }, 'vars must be a JSON object: it begins like JSON'],
    ['PUT', '/v1/templates/a', { ...put, strikt: '1' }, 'strikt is not a field of this call'],
  ])('refuses %s %s %j', async (method, path, form, err) => {
    const expected = { status: 422, json: { err: expect.stringContaining(err) } }
    expect(await startApi().call(method, path, form)).toMatchObject(expected)
  })

  it('shows one with its data as it was given', async () => {
    const { call, calls } = startApi()
    const shown = { templates: [{ ...template, data: { subject: 'Hello' } }] }
    expect(await call('GET', '/v1/templates/welcome')).toEqual({ status: 200, json: shown })
    expect(await call('GET', '/v1/templates/welcome?version=2')).toMatchObject({
      json: { templates: [{ version: 2 }] },
    })
    await call('GET', '/v1/templates/welcome?sender=sendmail&locale=')
    expect(calls.at(-1)).toEqual(['findTemplates', 1, 'welcome', { sender: 'sendmail', locale: '' }])
  })

  it.each(['GET /v1/templates/none', 'GET /v1/templates/none/versions', 'DELETE /v1/templates/none'])(
    '%s finds none',
    async (call) => {
      const [method = '', path = ''] = call.split(' ')
      const unknown = { status: 404, json: { err: 'There is no template none.', code: 'template_not_found' } }
      expect(await startApi().call(method, path)).toEqual(unknown)
    },
  )

  it('lists versions, rolls back, and removes', async () => {
    const { call, calls } = startApi()
    expect(await call('GET', '/v1/templates/welcome/versions?after=7')).toEqual({
      status: 200,
      json: { versions: [template] },
    })
    expect(await call('POST', '/v1/templates/welcome/rollback', { version: '1' })).toMatchObject({ status: 200 })
    expect(await call('DELETE', '/v1/templates/welcome?locale=de')).toEqual({ status: 200, json: { result: 'OK' } })
    expect(calls).toEqual([
      ['templateVersions', 1, 'welcome', { after: 7, size: 10 }],
      ['rollbackTemplate', 1, 'welcome', 1],
      ['removeTemplate', 1, 'welcome', { locale: 'de' }],
    ])
  })

  it('previews for a pusher that exists, one that is made up, and none', async () => {
    const { call, calls } = startApi()
    const preview = (form: Record<string, string>) => call('POST', '/v1/templates/welcome/preview', form)
    expect(await preview({ pusher: 'lupino', vars: '{"a":1}', locale: 'de' })).toMatchObject({
      status: 200,
      json: { preview: { subject: 'Hello' } },
    })
    await preview({ sender: 'sendsms', pusher: '{"nickname":"Ann","locale":"fr"}' })
    await preview({})
    const queries = calls.filter(([name]) => name === 'previewTemplate').map(([, , query]) => query)
    expect(queries).toMatchObject([
      { template: 'welcome', sender: 'sendmail', pusher: { id: 'lupino' }, vars: { a: 1 }, locale: 'de' },
      { sender: 'sendsms', pusher: { id: 'preview', nickname: 'Ann', locale: 'fr', email: '' }, vars: {} },
      { sender: 'sendmail', pusher: { id: 'preview', nickname: '' } },
    ])
    expect(await preview({ pusher: 'nobody' })).toMatchObject({ status: 404, json: { code: 'pusher_not_found' } })
  })

  it('sends a test at once, whether the pusher has the sender or not', async () => {
    const { call, pushed } = startApi()
    expect(
      await call('POST', '/v1/templates/welcome/test', { pusher: 'lupino', vars: '{"a":1}', locale: 'DE' }),
    ).toMatchObject({ status: 200, json: { result: 'OK', id: '1' } })
    const use = { template: 'welcome', vars: { a: 1 }, locale: 'de' }
    expect(pushed).toMatchObject([
      { sender: 'sendmail', pusher: 'lupino', template: use, force: true, priority: 'high' },
    ])
  })

  it('asks for the sender where there are several', async () => {
    const parts = fakeParts()
    const found = [exampleTemplate(), exampleTemplate({ sender: 'sendsms' }), exampleTemplate({ sender: 'partial' })]
    const api = createApi({ ...parts, templates: { ...parts.templates, find: async () => found } })
    const answer = await api.request('/v1/templates/welcome/preview', { method: 'POST' })
    expect([answer.status, await answer.json()]).toEqual([
      422,
      { err: 'sender is required: welcome is for sendmail, sendsms', code: 'invalid_field' },
    ])
  })
})

describe('a push with a template', () => {
  const use = { template: 'welcome', vars: { code: '1' } }
  const given = { pusher: 'lupino', template: 'welcome', vars: '{"code":"1"}' }

  it('is accepted wherever pushes are', async () => {
    const { call, json, pushed, broadcasted } = startApi()
    expect(await call('POST', '/pusher/sendmail/push', given)).toMatchObject({ status: 200 })
    expect(await json('/v1/push', { pushes: [{ ...given, vars: use.vars, sender: 'sendmail' }] })).toMatchObject({
      json: { results: [{ result: 'OK' }] },
    })
    await call('POST', '/pusher/sendmail/pushall', { template: 'welcome', vars: given.vars })
    expect(pushed).toMatchObject([{ template: use }, { template: use }])
    expect(broadcasted).toMatchObject([{ template: use }])
  })

  it.each([
    [{ pusher: 'lupino' }, 'data is required, unless there is a template'],
    [{ ...given, data: 'x' }, 'template cannot be given together with data'],
    [{ pusher: 'lupino', data: 'x', vars: '{}' }, 'vars needs a template'],
  ])('is refused: %j', async (form, err) => {
    expect(await startApi().call('POST', '/pusher/sendmail/push', form)).toMatchObject({ status: 422, json: { err } })
  })
})
