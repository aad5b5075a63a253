import { describeIssues } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import sendpush from '../index.ts'

async function issuesOf(data: unknown): Promise<string> {
  const { issues } = await sendpush.data!['~standard'].validate(data)
  return issues ? describeIssues(issues) : ''
}

const visible = { title: 'Hello', body: 'Dear {{ pusher.nickname }}' }

describe('the data', () => {
  it.each([
    ['a title', { title: 'a' }],
    ['a link of an app', { title: 'a', url: 'shop://orders/7' }],
    ['a path', { title: 'a', actions: [{ action: 'a', title: 'A', url: '/orders/7' }] }],
    ['a silent push', { silent: true, data: { sync: 'all' } }],
    [
      'every field',
      {
        ...visible,
        url: 'https://example.com/{{ pusher.id }}',
        image: 'https://example.com/a.png',
        icon: '/icon.png',
        badge: 0,
        sound: '',
        collapse: 'c'.repeat(64),
        ttl: 0,
        priority: 'normal',
        data: { order: '7' },
        actions: [{ action: 'open', title: 'Open' }],
        fcm: { android: { notification: { channel_id: 'news' } } },
        apns: { aps: { 'thread-id': 'a' } },
        webpush: { lang: 'de' },
      },
    ],
    ['a raw object alone', { apns: { aps: { alert: 'x' } } }],
    ['4,096 bytes', { title: 'x'.repeat(2048), body: 'y'.repeat(2048) }],
    ['much text that a template may leave out', { body: `{% if pusher.id == 'a' %}${'x'.repeat(9000)}{% endif %}` }],
    ['a template that may render to a short collapse', { ...visible, collapse: `{{ pusher.id }}${'c'.repeat(64)}` }],
  ])('may be %s', async (_, data) => {
    expect(await issuesOf(data)).toBe('')
  })

  it.each([
    [{}, 'title: is required, or body, or silent: true'],
    ['text', 'must be a JSON object with title or body'],
    [{ silent: true, title: 'a' }, 'title: must not be set when silent is true'],
    [{ silent: true, body: 'a', badge: 1 }, 'body: must not be set when silent is true: nothing is shown; badge: must'],
    [{ title: 'x'.repeat(2048), body: 'y'.repeat(2049) }, 'body: is too large: the push has at least 4097 bytes'],
    [{ title: 'a', data: { k: 'é'.repeat(2048) } }, 'data: is too large'],
    [{ title: 'a', collapse: 'c'.repeat(65) }, 'collapse: must be at most 64 bytes'],
    [{ title: 'a', collapse: 'é'.repeat(33) }, 'collapse: must be at most 64 bytes'],
    [{ title: 'a', body: '{{ pusher.nickname' }, 'body: is not a valid template'],
    [{ title: 'a', body: '{{ pusher.nick }}' }, 'there is no field "nick"'],
    [{ title: 'a', data: { k: '{{ x }}' } }, 'data.k: is not a valid template'],
    [
      { title: 'a', fcm: { android: { notification: [{ tag: '{{ x }}' }] } } },
      'fcm.android.notification.0.tag: is not a',
    ],
    [{ title: 'a', data: { k: 1 } }, 'data.k: must be text'],
    [{ title: 'a', data: { 'google.x': '1' } }, 'data.google.x: is a name that FCM or APNs uses itself'],
    [{ title: 'a', data: { aps: '1' } }, 'data.aps: is a name'],
    [{ title: 'a', priority: 'low' }, 'priority: must be high or normal'],
    [{ title: 'a', ttl: 2_419_201 }, 'ttl: must be a whole number from 0 to 2419200'],
    [{ title: 'a', badge: 1.5 }, 'badge: must be a whole number'],
    [{ title: 'a', fcm: { topic: 'all' } }, 'fcm.topic: cannot be set'],
    [{ title: 'a', apns: [] }, 'apns: must be an object'],
    [{ title: 'a', actions: [{ title: 'Open' }] }, 'actions.0.action: must be text'],
    [{ title: 'a', url: 'notaurl' }, 'url: must be a URL, such as'],
    [{ title: 'a', url: 'javascript:alert(1)' }, 'url: must be a URL'],
    [
      { title: 'a', actions: [{ action: 'a', title: 'A', url: 'notaurl' }] },
      'actions.0.url: must be a URL, such as https://example.com/orders/7',
    ],
    [{ title: 'a', boddy: 'b' }, 'there is no field "boddy"; did you mean body?'],
  ])('may not be %j', async (data, sentence) => {
    expect(await issuesOf(data)).toContain(sentence)
  })

  it('may not nest a raw object so deeply that it could not be read', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`) as unknown
    expect(await issuesOf({ title: 'a', apns: deep })).toContain('must have at most 20 levels')
  })
})
