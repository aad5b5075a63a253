import { createApi } from '@carillon/api'
import type { UserScope } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { startApi } from './calls.ts'
import { exampleCategory, exampleTemplate, fakeParts, userToken } from './fakes.ts'
import { closed } from './signing.ts'

const off = { category: 'news', sender: null, value: 'off' }
const categories = [exampleCategory({ name: 'invoices', required: true }), exampleCategory()]
const answer = { choices: [off], categories, quietHours: null, timezone: '' }

describe('/v1/categories', () => {
  it('stores one, whole or by its name alone', async () => {
    const { call, json, calls } = startApi()
    const category = { title: 'News', description: 'Weekly', required: false, default: { sendsms: 'off' } }
    expect(await json('/v1/categories/news', category, 'PUT')).toEqual({
      status: 200,
      json: { category: { name: 'news', ...category } },
    })
    const plain = { name: 'offers', title: 'offers', description: '', required: false, default: {} }
    expect(await call('PUT', '/v1/categories/offers')).toMatchObject({ json: { category: plain } })
    const text = JSON.stringify(category.default)
    expect(await call('PUT', '/v1/categories/news', { default: text })).toMatchObject({ status: 200 })
    expect(calls.slice(0, 2)).toEqual([
      ['putCategory', 1, { name: 'news', ...category }],
      ['putCategory', 1, plain],
    ])
  })

  it.each([
    ['news', { required: 'perhaps' }, 'required must be true or false'],
    ['news', { default: { sendsms: 'never' } }, 'default.sendsms must be on or off'],
    ['news', { default: 'off' }, 'default must be an object of senders'],
    [
      'news',
      { default: '{"sendsms":"of' },
      'default must be an object of senders: it begins like JSON but is not valid JSON',
    ],
    [
      'news',
      { required: true, default: { sendsms: 'off' } },
      'default must not be off: a required category is always on',
    ],
    ['news', { default: { sendmial: 'off' } }, 'No sender is called sendmial. Did you mean sendmail?'],
    ['news', { titel: 'News' }, 'titel is not a field of this call'],
    ['a%20b', {}, 'name must be 1 to 64 of'],
  ])('refuses %s as %j', async (name, body, err) => {
    const { json, calls } = startApi()
    const refused = await json(`/v1/categories/${name}`, body, 'PUT')
    expect(refused).toMatchObject({ status: 422, json: { err: expect.stringContaining(err), code: 'invalid_field' } })
    expect(calls).toEqual([])
  })

  it('lists, gets and removes them', async () => {
    const { call } = startApi()
    expect(await call('GET', '/v1/categories')).toEqual({ status: 200, json: { categories } })
    expect(await call('GET', '/v1/categories/news')).toEqual({ status: 200, json: { category: exampleCategory() } })
    expect(await call('GET', '/v1/categories/none')).toMatchObject({
      status: 404,
      json: { code: 'category_not_found' },
    })
    expect(await call('DELETE', '/v1/categories/news')).toMatchObject({ status: 200 })
    expect(await call('DELETE', '/v1/categories/none')).toMatchObject({
      status: 404,
      json: { hint: 'GET /v1/categories lists those there are. PUT /v1/categories/none stores this one.' },
    })
  })
})

it('a category that templates name is not removed', async () => {
  const deps = fakeParts()
  deps.templates.list = async () => ['tips', 'news', 'tips'].map((name) => exampleTemplate({ name, category: 'news' }))
  const { call, calls } = startApi(deps)
  const refused = await call('DELETE', '/v1/categories/news')
  const hint = expect.stringContaining('Store these templates without the category') as string
  expect(refused).toEqual({
    status: 409,
    json: { err: 'The templates tips, news name the category news.', code: 'conflict', hint },
  })
  expect(calls).toEqual([])
})

describe('/v1/pushers/{id}/preferences', () => {
  const path = '/v1/pushers/lupino/preferences'

  it('answers what was chosen, with the categories', async () => {
    const { call } = startApi()
    expect(await call('GET', path)).toEqual({ status: 200, json: answer })
    const nobody = await call('GET', '/v1/pushers/nobody/preferences')
    expect(nobody).toMatchObject({ status: 404, json: { code: 'pusher_not_found' } })
  })

  it('changes choices for a category, for a sender and for both', async () => {
    const { call, json, calls } = startApi()
    const choices = [
      { category: 'news', value: 'off' },
      { sender: 'sendsms', category: '', value: 'off' },
      { category: 'news', sender: 'sendmail', value: 'on' },
      { category: 'invoices', value: 'on' },
      { category: 'removed', value: 'default' },
    ]
    expect(await json(path, { choices }, 'PUT')).toEqual({ status: 200, json: answer })
    expect(await call('PUT', path, { choices: JSON.stringify(choices) })).toMatchObject({ status: 200 })
    const changes = [
      off,
      { category: null, sender: 'sendsms', value: 'off' },
      { category: 'news', sender: 'sendmail', value: 'on' },
      { category: 'invoices', sender: null, value: 'on' },
      { category: 'removed', sender: null, value: 'default' },
    ]
    expect(calls).toEqual([
      ['changePreferences', 1, 'lupino', changes],
      ['changePreferences', 1, 'lupino', changes],
    ])
  })

  it.each([
    [[{ category: 'invoices', value: 'off' }], 422, 'the category invoices is required and cannot be switched off'],
    [[{ category: 'invoices', sender: 'sendsms', value: 'off' }], 422, 'the category invoices is required'],
    [
      [
        { category: 'news', value: 'off' },
        { category: 'unknown', value: 'on' },
      ],
      404,
      'There is no category unknown.',
    ],
    [[{ value: 'off' }], 422, 'choices.0 must name a category, a sender or both'],
    [[{ category: 'news', value: 'never' }], 422, 'choices.0.value must be on, off or default'],
    [[{ sender: 'sendmial', value: 'off' }], 422, 'No sender is called sendmial. Did you mean sendmail?'],
    [[{ categroy: 'news', sender: 'sendsms', value: 'off' }], 422, 'categroy is not a field of choices.0'],
    [[], 422, 'choices must have at least one entry'],
    ['off', 422, 'choices must be a list'],
    [undefined, 422, 'choices is required'],
  ])('refuses %j', async (choices, status, err) => {
    const { json, calls } = startApi()
    const refused = await json(path, { choices }, 'PUT')
    expect(refused).toMatchObject({ status, json: { err: expect.stringContaining(err) } })
    expect(calls).toEqual([])
  })
})

describe('quiet hours among the preferences', () => {
  const path = '/v1/pushers/lupino/preferences'
  const night = { from: '22:00', to: '07:00' }

  it('are changed without choices, as is the time zone', async () => {
    const { call, json, calls } = startApi()
    const changed = await json(path, { quietHours: night, timezone: 'Asia/Shanghai' }, 'PUT')
    expect(changed).toMatchObject({ status: 200, json: { quietHours: night, timezone: 'Asia/Shanghai' } })
    expect(await json(path, { quietHours: null }, 'PUT')).toMatchObject({ json: { quietHours: null } })
    expect(await call('PUT', path, { quietHours: 'off' })).toMatchObject({ json: { quietHours: 'off' } })
    for (const timezone of [null, ''])
      expect(await json(path, { timezone }, 'PUT')).toMatchObject({ status: 200, json: { timezone: '' } })
    const change = (fields: object) => ['set', 'lupino', { fields }, false]
    const zones = [{ timezone: '' }, { timezone: '' }]
    const all = [
      { quietHours: night, timezone: 'Asia/Shanghai' },
      { quietHours: null },
      { quietHours: 'off' },
      ...zones,
    ]
    expect(calls).toEqual(all.map(change))
  })

  it('are changed with choices, or neither is', async () => {
    const { json, calls } = startApi()
    const required = [{ category: 'invoices', value: 'off' }]
    expect(await json(path, { choices: required, quietHours: night }, 'PUT')).toMatchObject({ status: 422 })
    const wrong = await json(path, { choices: [off], quietHours: { ...night, to: '22:00' } }, 'PUT')
    expect(wrong).toMatchObject({ status: 422, json: { err: 'quietHours must not begin and end at the same time' } })
    expect(calls).toEqual([])
    expect(await json(path, { choices: [off], quietHours: night }, 'PUT')).toMatchObject({ status: 200 })
    expect(calls.map(([name]) => name)).toEqual(['changePreferences', 'set'])
  })
})

describe('/v1/me/preferences', () => {
  async function own(scope: UserScope, method = 'GET', fields?: object) {
    const parts = closed()
    const headers = { authorization: `Bearer ${userToken([scope])}`, 'content-type': 'application/json' }
    const body = fields && JSON.stringify(fields)
    const response = await createApi(parts).request('/v1/me/preferences', { method, headers, ...(body && { body }) })
    return { status: response.status, json: await response.json(), calls: parts.calls }
  }

  it('are for the user of a token with their scope', async () => {
    expect(await own('preferences')).toMatchObject({ status: 200, json: { choices: [off], categories } })
    const changed = await own('preferences', 'PUT', { choices: [{ category: 'news', value: 'off' }] })
    expect(changed).toMatchObject({ status: 200, calls: [['changePreferences', 1, 'lupino', [off]]] })
    const required = await own('preferences', 'PUT', { choices: [{ category: 'invoices', value: 'off' }] })
    expect(required).toMatchObject({ status: 422, calls: [] })
    const quiet = await own('preferences', 'PUT', { quietHours: 'off' })
    expect(quiet).toMatchObject({ status: 200, calls: [['set', 'lupino', { fields: { quietHours: 'off' } }, false]] })
    expect(await own('addresses')).toMatchObject({ status: 403, json: { code: 'forbidden' } })
  })
})
