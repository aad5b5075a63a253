import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { onServer } from './on-server.ts'

const version = { version: 2, strict: false, category: null, createdAt: 1.5 }
const template = { name: 'welcome', sender: 'sendmail', locale: 'zh', ...version }
const LINE = 'welcome  sendmail  locale zh  version 2  no category  not strict  stored 1970-01-01T00:00:01.500Z\n'

/** The command line, on a server that knows a template. */
function start(push: object = { name: 'n', state: 'sent', reason: null, finishedAt: 9 }) {
  const body = {
    template,
    templates: [template],
    versions: [template],
    preview: { subject: 'Hi' },
    result: 'OK',
    name: 'n',
    pushes: [push],
  }
  return onServer(() => ({ body }))
}

test('template put, with data or a file of it', async () => {
  const { run, seen, received } = await start()
  const folder = await mkdtemp(join(tmpdir(), 'carillon-template-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'welcome.json')
  await writeFile(file, '{"text":"b"}')
  await run('template', 'put', 'welcome', 'sendmail', '{"text":"a"}')
  await run('template', 'put', 'welcome', 'sendmail', `@${file}`, '--locale', 'zh', '--strict', '--category', 'news')
  expect(seen.out).toBe(LINE + LINE)
  const more = { locale: 'zh', strict: 'true', category: 'news' }
  expect(received).toMatchObject([
    { method: 'PUT', url: '/v1/templates/welcome', fields: { sender: 'sendmail', data: '{"text":"a"}' } },
    { method: 'PUT', url: '/v1/templates/welcome', fields: { sender: 'sendmail', data: '{"text":"b"}', ...more } },
  ])
  await expect(run('template', 'put', 'a', 'b', '@/none/here')).rejects.toThrow('/none/here cannot be read.')
})

test('template list, show, versions, rollback and remove', async () => {
  const { run, seen, received } = await start()
  await run('template', 'list')
  await run('template', 'versions', 'welcome')
  await run('template', 'rollback', 'welcome', '1')
  expect(seen.out).toBe(LINE.repeat(3))
  await run('template', 'remove', 'welcome', '--sender', 'sendmail', '--locale', '')
  await run('template', 'show', 'welcome')
  expect(seen.out).toContain('welcome removed.\n[\n  {\n    "name": "welcome"')
  expect(received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /v1/templates',
    'GET /v1/templates/welcome/versions?size=100',
    'POST /v1/templates/welcome/rollback',
    'DELETE /v1/templates/welcome?sender=sendmail&locale=',
    'GET /v1/templates/welcome',
  ])
  await expect(run('template', 'rollback', 'welcome', 'x')).rejects.toThrow('a positive whole number')
})

test('template preview and test', async () => {
  const { run, seen, received } = await start()
  const vars = '{"code":"1"}'
  await run('template', 'preview', 'welcome', '--pusher', 'lupino', '--locale', 'zh', '--vars', vars)
  await run('template', 'test', 'welcome', 'lupino', '--sender', 'sendmail', '--vars', vars)
  expect(seen).toEqual({ out: '{\n  "subject": "Hi"\n}\nn\n', err: 'The push n is sent.\n' })
  expect(received).toMatchObject([
    { url: '/v1/templates/welcome/preview', fields: { pusher: 'lupino', locale: 'zh', vars } },
    { url: '/v1/templates/welcome/test', fields: { pusher: 'lupino', sender: 'sendmail', vars } },
    { url: '/v1/pushes?pusher=lupino&size=100' },
  ])
})

test('template test fails with the reason of a push that is not sent', async () => {
  const reason = 'the pusher has switched off the category news'
  const { run, seen } = await start({ name: 'n', state: 'skipped', reason, finishedAt: 9 })
  await expect(run('template', 'test', 'welcome', 'lupino')).rejects.toThrow(`The push n is skipped: ${reason}.`)
  expect(seen.out).toBe('n\n')
})

test('template test says that the push still waits', async () => {
  const { run, seen } = await start({
    name: 'n',
    state: 'waiting',
    reason: 'sendmail is paused',
    sender: 'sendmail',
    finishedAt: null,
  })
  await run('template', 'test', 'welcome', 'lupino', '--wait', '0.01')
  expect(seen.err).toContain('The push n is waiting: sendmail is paused. carillon explain lupino sendmail says')
  await expect(run('template', 'test', 'welcome', 'lupino', '--wait', 'x')).rejects.toThrow('--wait must be seconds')
})

test('push with a template', async () => {
  const { run, seen, received } = await start()
  await run('push', 'sendmail', 'lupino', '--template', 'welcome', '--vars', '{"code":"1"}')
  expect(seen.out).toBe('n\n')
  const fields = { pusher: 'lupino', template: 'welcome', vars: '{"code":"1"}', force: 'false' }
  expect(received).toMatchObject([{ url: '/pusher/sendmail/push', fields }])
})

test.each([
  [['sendmail', 'lupino'], 'Give the data, or --template.'],
  [['sendmail', 'lupino', 'x', '--template', 'welcome'], 'Give the data or --template, not both.'],
  [['sendmail', 'lupino', 'x', '--vars', '{}'], '--vars needs --template.'],
  [['sendmail', 'lupino', '--template', 'welcome', '--vars', '[]'], '--vars must be a JSON object'],
])('push %j says what it lacks', async (args, sentence) => {
  const { run } = await start()
  await expect(run('push', ...args)).rejects.toThrow(sentence)
})

test('push --schedat', async () => {
  const { run, received } = await start()
  await run('push', 'sendmail', 'lupino', 'x', '--schedat', '1893456000')
  expect(received).toMatchObject([{ fields: { schedat: '1893456000' } }])
  await expect(async () => run('push', 'sendmail', 'lupino', 'x', '--schedat', 'noon')).rejects.toThrow('Unix seconds')
})
