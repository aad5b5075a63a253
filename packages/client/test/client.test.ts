import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createClient } from '@carillon/client'
import type { CarillonClient, ClientOptions } from '@carillon/client'
import { startVerifyingServer } from '../../../test/services/verifying-server.ts'
import type { Answer, Received } from '../../../test/services/verifying-server.ts'

const secrets = { key: 'demo', secret: '密钥' }

async function start(answer?: (received: Received) => Answer, options: Partial<ClientOptions> = {}) {
  const server = await startVerifyingServer({ ...secrets, ...(answer && { answer }) })
  const client = createClient({ url: server.url, ...secrets, ...options })
  onTestFinished(server.close)
  onTestFinished(client.close)
  return { server, client, last: () => server.received.at(-1) }
}

const data = '{"subject": "a & b = c + d", "text": "100 % 李雷"}'

/** What a call sends: method, path and query, fields or JSON. */
type Sent = [method: string, url: string, content?: object]
const calls: [string, (client: CarillonClient) => Promise<unknown>, Sent][] = [
  ['getPushers', (c) => c.getPushers(), ['GET', '/pusher/pushers/']],
  [
    'getPushers with options',
    (c) => c.getPushers({ from: 0, size: 100, after: 'a/b' }),
    ['GET', '/pusher/pushers/?from=0&size=100&after=a%2Fb', { from: '0', size: '100', after: 'a/b' }],
  ],
  [
    'searchPusher',
    (c) => c.searchPusher('tags:vip +a&b', { size: 5 }),
    ['GET', '/pusher/search/?q=tags%3Avip+%2Ba%26b&size=5', { q: 'tags:vip +a&b', size: '5' }],
  ],
  [
    'addPusher',
    (c) => c.addPusher('lupino', { email: '', nickname: '李雷 😀', createdAt: 0, attributes: { plan: 'gold' } }),
    [
      'POST',
      '/pusher/pushers/',
      { pusher: 'lupino', email: '', nickname: '李雷 😀', createdAt: '0', attributes: '{"plan":"gold"}' },
    ],
  ],
  ['addPusher without fields', (c) => c.addPusher('lupino'), ['POST', '/pusher/pushers/', { pusher: 'lupino' }]],
  [
    'updatePusher',
    (c) => c.updatePusher('lupino', { phoneNumber: '+49 30', email: undefined }),
    ['POST', '/pusher/pushers/lupino/', { phoneNumber: '+49 30' }],
  ],
  [
    'getRecipients',
    (c) => c.getRecipients('sendmail_1', { size: 5 }),
    ['GET', '/v1/broadcasts/sendmail_1/recipients?size=5', { size: '5' }],
  ],
  [
    'getSuppressions',
    (c) => c.getSuppressions({ address: 'a@b.c' }),
    ['GET', '/v1/suppressions?address=a%40b.c', { address: 'a@b.c' }],
  ],
  [
    'pushTemplate',
    (c) => c.pushTemplate('sendmail', 'lupino', 'welcome', { code: 'ü&' }, { priority: 'high' }),
    [
      'POST',
      '/pusher/sendmail/push',
      { pusher: 'lupino', template: 'welcome', vars: '{"code":"ü&"}', priority: 'high' },
    ],
  ],
  [
    'pushAllTemplate',
    (c) => c.pushAllTemplate('sendmail', 'welcome', undefined, { tag: 'vip' }),
    ['POST', '/pusher/sendmail/pushall', { template: 'welcome', tag: 'vip' }],
  ],
  ['getCategories', (c) => c.getCategories(), ['GET', '/v1/categories']],
  ['getCategory', (c) => c.getCategory('news'), ['GET', '/v1/categories/news']],
  [
    'putCategory',
    (c) => c.putCategory('news', { title: 'Neues', required: true, default: { sendsms: 'off' } }),
    ['PUT', '/v1/categories/news', { title: 'Neues', required: 'true', default: '{"sendsms":"off"}' }],
  ],
  ['removeCategory', (c) => c.removeCategory('news'), ['DELETE', '/v1/categories/news']],
  ['getPreferences', (c) => c.getPreferences('a/b'), ['GET', '/v1/pushers/a%2Fb/preferences']],
  [
    'setPreferences',
    (c) => c.setPreferences('lupino', [{ category: 'news', value: 'off' }]),
    ['PUT', '/v1/pushers/lupino/preferences', { choices: [{ category: 'news', value: 'off' }] }],
  ],
  [
    'makeUnsubscribeLink',
    (c) => c.makeUnsubscribeLink('lupino', 'sendmail', { category: 'news' }),
    ['POST', '/v1/pushers/lupino/unsubscribe-link', { sender: 'sendmail', category: 'news' }],
  ],
  [
    'push of a category',
    (c) => c.push('sendmail', 'lupino', 'x', { category: 'news' }),
    ['POST', '/pusher/sendmail/push', { pusher: 'lupino', data: 'x', category: 'news' }],
  ],
  [
    'explain of a category',
    (c) => c.explain('lupino', 'sendmail', { category: 'news' }),
    [
      'GET',
      '/v1/explain?pusher=lupino&sender=sendmail&category=news',
      { pusher: 'lupino', sender: 'sendmail', category: 'news' },
    ],
  ],
  ['getTemplates', (c) => c.getTemplates(), ['GET', '/v1/templates']],
  [
    'getTemplate',
    (c) => c.getTemplate('welcome', { sender: 'sendmail', locale: '', version: 2 }),
    [
      'GET',
      '/v1/templates/welcome?sender=sendmail&locale=&version=2',
      { sender: 'sendmail', locale: '', version: '2' },
    ],
  ],
  [
    'putTemplate',
    (c) => c.putTemplate('welcome', { sender: 'sendmail', locale: 'zh', data: { text: '你好' }, strict: true }),
    ['PUT', '/v1/templates/welcome', { sender: 'sendmail', locale: 'zh', data: '{"text":"你好"}', strict: 'true' }],
  ],
  [
    'removeTemplate',
    (c) => c.removeTemplate('welcome', { locale: 'zh' }),
    ['DELETE', '/v1/templates/welcome?locale=zh', { locale: 'zh' }],
  ],
  [
    'getTemplateVersions',
    (c) => c.getTemplateVersions('welcome', { after: 7, size: 5 }),
    ['GET', '/v1/templates/welcome/versions?after=7&size=5', { after: '7', size: '5' }],
  ],
  [
    'rollbackTemplate',
    (c) => c.rollbackTemplate('welcome', 1),
    ['POST', '/v1/templates/welcome/rollback', { version: '1' }],
  ],
  [
    'previewTemplate',
    (c) => c.previewTemplate('welcome', { pusher: { nickname: 'Ann' }, vars: { a: 1 }, locale: 'zh' }),
    ['POST', '/v1/templates/welcome/preview', { pusher: '{"nickname":"Ann"}', vars: '{"a":1}', locale: 'zh' }],
  ],
  [
    'testTemplate',
    (c) => c.testTemplate('welcome', 'lupino', { vars: { a: 1 } }),
    ['POST', '/v1/templates/welcome/test', { pusher: 'lupino', vars: '{"a":1}' }],
  ],
  [
    'addSuppression',
    (c) => c.addSuppression('sendmail', 'a@b.c', 'why'),
    ['POST', '/v1/suppressions', { sender: 'sendmail', address: 'a@b.c', reason: 'why' }],
  ],
  ['liftSuppression', (c) => c.liftSuppression('7'), ['DELETE', '/v1/suppressions/7']],
  [
    'registerAddress',
    (c) => c.registerAddress('lu/pino', { kind: 'webpush', subscription: { endpoint: 'https://a' }, label: '李雷' }),
    [
      'PUT',
      '/v1/pushers/lu%2Fpino/addresses',
      { kind: 'webpush', subscription: '{"endpoint":"https://a"}', label: '李雷' },
    ],
  ],
  [
    'requestUserToken',
    (c) => c.requestUserToken('lupino', { scope: ['inbox'] }),
    ['POST', '/v1/pushers/lupino/token', { scope: ['inbox'] }],
  ],
  ['getAddresses', (c) => c.getAddresses('lupino'), ['GET', '/v1/pushers/lupino/addresses']],
  ['removeAddress', (c) => c.removeAddress('lupino', '7'), ['DELETE', '/v1/pushers/lupino/addresses/7']],
  ['removePusher', (c) => c.removePusher('lupino'), ['DELETE', '/pusher/pushers/lupino/']],
  ['addTag', (c) => c.addTag('lupino', 'a/b'), ['POST', '/pusher/pushers/lupino/a%2Fb/']],
  ['removeTag', (c) => c.removeTag('lupino', '..'), ['DELETE', '/pusher/pushers/lupino/%2E%2E/']],
  ['addSender', (c) => c.addSender('sendmail', 'lupino'), ['POST', '/pusher/sendmail/add', { pusher: 'lupino' }]],
  [
    'removeSender',
    (c) => c.removeSender('sendmail', 'lupino'),
    ['POST', '/pusher/sendmail/delete', { pusher: 'lupino' }],
  ],
  [
    'push',
    (c) => c.push('sendmail', 'lupino', data, { schedat: 0, force: true, priority: 'high', ttl: 60 }),
    [
      'POST',
      '/pusher/sendmail/push',
      { schedat: '0', force: 'true', priority: 'high', ttl: '60', pusher: 'lupino', data },
    ],
  ],
  [
    'push with an object',
    (c) => c.push('sendmail', 'lupino', JSON.parse(data)),
    ['POST', '/pusher/sendmail/push', { pusher: 'lupino', data: JSON.stringify(JSON.parse(data)) }],
  ],
  [
    'pushAll with a list',
    (c) => c.pushAll('buzz', [1, { a: 'é' }]),
    ['POST', '/pusher/buzz/pushall', { data: '[1,{"a":"é"}]' }],
  ],
  [
    'pushMany with an object',
    (c) => c.pushMany([{ sender: 'sendmail', pusher: 'lupino', data: { a: 1 } }]),
    ['POST', '/v1/push', { pushes: [{ sender: 'sendmail', pusher: 'lupino', data: { a: 1 } }] }],
  ],
  [
    'pushAll',
    (c) => c.pushAll('sendmail', data, { tag: 'vip' }),
    ['POST', '/pusher/sendmail/pushall', { tag: 'vip', data }],
  ],
  ['cancelPush', (c) => c.cancelPush('pushall', 'x_1'), ['POST', '/pusher/pushall/cancelpush', { name: 'x_1' }]],
  [
    'pushMany',
    (c) => c.pushMany([{ sender: 'sendmail', pusher: '李雷', data, force: true }]),
    ['POST', '/v1/push', { pushes: [{ sender: 'sendmail', pusher: '李雷', data, force: true }] }],
  ],
  ['getPushes', (c) => c.getPushes(), ['GET', '/v1/pushes']],
  [
    'getPushes with a query',
    (c) => c.getPushes({ state: 'dead', sender: 'sendmail', after: '7', size: 5 }),
    [
      'GET',
      '/v1/pushes?state=dead&sender=sendmail&after=7&size=5',
      { state: 'dead', sender: 'sendmail', after: '7', size: '5' },
    ],
  ],
  ['getPush', (c) => c.getPush('7'), ['GET', '/v1/pushes/7']],
  ['replayPush', (c) => c.replayPush('7'), ['POST', '/v1/pushes/7/replay']],
  ['getBroadcast', (c) => c.getBroadcast('a/b'), ['GET', '/v1/broadcasts/a%2Fb']],
  ['getBroadcasts', (c) => c.getBroadcasts(), ['GET', '/v1/broadcasts']],
  ['getBroadcasts after', (c) => c.getBroadcasts({ after: '7' }), ['GET', '/v1/broadcasts?after=7', { after: '7' }]],
  ['pauseBroadcast', (c) => c.pauseBroadcast('x_1'), ['POST', '/v1/broadcasts/x_1/pause']],
  ['resumeBroadcast', (c) => c.resumeBroadcast('x_1'), ['POST', '/v1/broadcasts/x_1/resume']],
  ['cancelBroadcast', (c) => c.cancelBroadcast('x_1'), ['POST', '/v1/broadcasts/x_1/cancel']],
  [
    'explain',
    (c) => c.explain('a&b', 'sendmail'),
    ['GET', '/v1/explain?pusher=a%26b&sender=sendmail', { pusher: 'a&b', sender: 'sendmail' }],
  ],
  ['getSenders', (c) => c.getSenders(), ['GET', '/v1/senders']],
  ['pauseSender', (c) => c.pauseSender('sendmail'), ['POST', '/v1/senders/sendmail/pause']],
  ['resumeSender', (c) => c.resumeSender('sendmail'), ['POST', '/v1/senders/sendmail/resume']],
]

/** What paths, queries, forms and UTF-8 treat differently. */
const tricky = fc.constantFrom(
  '.',
  '/',
  '%',
  '+',
  ' ',
  '&',
  '=',
  '?',
  '#',
  ';',
  ':',
  '\\',
  '"',
  'a',
  'é',
  '李',
  '～',
  '😀',
)
const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff })
  .map((code) => String.fromCodePoint(code))
  .filter((character) => character.isWellFormed())

describe.each(['v1', 'v2'] as const)('calls signed by %s', (signature) => {
  it.each(calls)('%s', async (_name, call, [method, url, content = {}]) => {
    const { client, last } = await start(undefined, { signature })
    await call(client)
    const { headers, body, fields } = last() ?? {}
    expect(last()).toMatchObject({ method, url })
    expect(headers?.['content-type'] === 'application/json' ? JSON.parse(body ?? '') : fields).toEqual(content)
    expect(headers?.['x-signature-version']).toBe(signature === 'v2' ? '2' : undefined)
  })

  it('sends an idempotency key as a header, and never as a field', async () => {
    const { client, last } = await start(undefined, { signature })
    const idempotencyKey = 'order 7'
    const pushes = [{ sender: 'sendmail', pusher: 'lupino', data }]
    for (const call of [
      () => client.push('sendmail', 'lupino', data, { idempotencyKey, force: true }),
      () => client.pushAll('sendmail', data, { idempotencyKey }),
      () => client.pushMany(pushes, { idempotencyKey }),
    ]) {
      await call()
      expect(last()?.headers['idempotency-key']).toBe(idempotencyKey)
      expect(last()?.body).not.toContain('idempotency')
    }
    await client.push('sendmail', 'lupino', data)
    expect(last()?.headers).not.toHaveProperty('idempotency-key')
    const unusable = client.push('sendmail', 'lupino', data, { idempotencyKey: 'a\nb' })
    await expect(unusable).rejects.toMatchObject({ code: 'invalid_field' })
  })

  it.each(['.', '..', '...', '/', 'a/../b', 'a b', '+', '?', '#', '%2E%2E', '李雷 😀', '%', '&=', ';', '\\'])(
    'names the pusher %j in a path that stays as it is',
    async (id) => {
      const { client, last } = await start(() => ({ body: { pusher: { id } } }), { signature })
      expect(await client.getPusher(id)).toMatchObject({ id })
      const segments = last()?.url.split('/') ?? []
      expect(segments).toHaveLength(5)
      expect(segments[3]).not.toMatch(/^\.\.?$/)
      expect(decodeURIComponent(segments[3] ?? '')).toBe(id)
    },
  )

  it('replays the dead in as many calls as it takes', async () => {
    const answers = [
      { replayed: 3, next: '7' },
      { replayed: 1, next: null },
    ]
    const { client, server } = await start(() => ({ body: answers.shift()! }), { signature })
    expect(await client.replayDead({ sender: 'sendmail' })).toBe(4)
    expect(server.received.map(({ method, url, fields }) => [method, url, fields])).toEqual([
      ['POST', '/v1/dead/replay', { sender: 'sendmail' }],
      ['POST', '/v1/dead/replay', { sender: 'sendmail', after: '7' }],
    ])
  })

  it('signs any data to any pusher', async () => {
    const { client, last } = await start(() => ({ body: { result: 'OK', name: 'n' } }), { signature })
    const id = fc.string({ unit: tricky, minLength: 1, maxLength: 20 })
    const text = fc.string({ unit: fc.oneof(tricky, anyCharacter), minLength: 1 })
    await fc.assert(
      fc.asyncProperty(id, text, async (name, message) => {
        await client.push('sendmail', name, message)
        expect(last()?.fields).toEqual({ pusher: name, data: message })
        await client.addTag(name, name)
      }),
      { numRuns: 50 },
    )
  })
})
