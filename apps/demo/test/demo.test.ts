import { ownPagesOnly } from '@carillon/api'
import { createDemo } from '@carillon/demo'
import { expect, it } from 'vitest'
import { channelText, isAuthorized, userText } from '../../../packages/protocol-channels/signature.ts'
import { appWith } from '../../api/test/fakes.ts'

const app = appWith()

function ask(path: string, form?: Record<string, string>, headers: Record<string, string> = {}) {
  const demo = createDemo({ app, guard: ownPagesOnly })
  demo.onError((error, c) => c.text(error.message, 400))
  const request = form ? { method: 'POST', body: new URLSearchParams(form) } : {}
  return demo.request(path, { ...request, headers: { host: 'localhost:6001', ...headers } })
}

it('takes nothing from elsewhere', async () => {
  const page = await ask('/demo')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const text = await page.text()
  const files = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!)
  expect(files).toEqual(['/demo/demo.css', '/demo/pusher.js', '/demo/copy.js', '/demo/demo.js'])
  files.push('/demo/ring.js', '/demo/push.js', '/demo/carillon-sw.js')
  for (const path of files) expect((await ask(path)).status).toBe(200)
  expect(text).not.toMatch(/(?:src|href)="https?:/)
})

it('is the same with a trailing slash', async () => {
  expect(await (await ask('/demo/')).text()).toBe(await (await ask('/demo')).text())
})

it('signs a connection in as the user that it names', async () => {
  const answer = (await (await ask('/demo/user', { socket_id: '1.2', user: 'ada' })).json()) as Record<string, string>
  expect(answer['user_data']).toBe('{"id":"ada"}')
  expect(isAuthorized(app, userText('1.2', '{"id":"ada"}'), answer['auth']!)).toBe(true)
})

it('lets a connection onto its own channel, and onto no other', async () => {
  const form = { socket_id: '1.2', user: 'ada', channel_name: 'presence-demo' }
  const answer = (await (await ask('/demo/member', form)).json()) as Record<string, string>
  expect(isAuthorized(app, channelText('1.2', 'presence-demo', answer['channel_data']), answer['auth']!)).toBe(true)
  const other = await ask('/demo/member', { ...form, channel_name: 'private-x' })
  expect(await other.text()).toBe('The demo page is on presence-demo only.')
})

it.each([['/demo/user'], ['/demo/member']])('%s asks for what it signs', async (path) => {
  const answer = await ask(path, { socket_id: '1.2', channel_name: 'presence-demo' })
  expect(await answer.text()).toBe('user is required')
})

it.each([
  ['/demo', {}, { host: 'evil.example' }],
  ['/demo/app', {}, { host: 'evil.example' }],
  ['/demo/user', { socket_id: '1.2', user: 'ada' }, { origin: 'http://evil.example' }],
  ['/demo/member', { socket_id: '1.2', user: 'ada' }, { origin: 'http://evil.example' }],
])('%s is for pages of this machine alone', async (path, form, headers) => {
  const answer = await ask(path, path.endsWith('r') ? form : undefined, headers)
  expect([answer.status, await answer.text()]).toEqual([
    400,
    expect.stringContaining('accepts only calls to localhost'),
  ])
})

it('gives nothing away where requests must be signed', async () => {
  const demo = createDemo()
  const elsewhere = { headers: { host: 'carillon.example' } }
  expect((await demo.request('/demo', elsewhere)).status).toBe(200)
  expect(await (await demo.request('/demo/app', elsewhere)).json()).toEqual({ key: null })
  for (const path of ['/demo/user', '/demo/member']) {
    const body = new URLSearchParams({ socket_id: '1.2', user: 'ada', channel_name: 'presence-demo' })
    expect((await demo.request(path, { method: 'POST', body })).status).toBe(404)
  }
})
