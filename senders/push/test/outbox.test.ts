import type { Address, Outbox } from '@carillon/contract'
import { createSender, exampleContext, exerciseSender, pushFor } from '@carillon/testkit'
import { expect, it } from 'vitest'
import sendpush from '../index.ts'

const address: Address = {
  id: '7',
  kind: 'apns',
  token: 'a-token-of-a-phone',
  target: 'com.example.app',
  environment: '',
  platform: '',
  locale: '',
  timezone: '',
  label: '',
  createdAt: 1,
  seenAt: 1,
}

function memoryOutbox() {
  const files: { name: string; content: unknown }[] = []
  const outbox: Outbox = {
    async write(id, extension, content) {
      files.push({ name: `${id}.${extension}`, content: JSON.parse(String(content)) })
      return `outbox: ${id}.${extension}`
    },
  }
  return { outbox, files }
}

exerciseSender(() => createSender(sendpush, {}, { outbox: memoryOutbox().outbox }), {
  push: { data: { title: 'Hello', body: 'Dear {{ pusher.nickname }}' }, addresses: [address] },
  nonsense: ['text', {}, { title: 1 }, { title: '{{' }],
  refused: { data: { title: 'Hello' }, addresses: [] },
})

it('writes what each address would get to the outbox, without its token', async () => {
  const { outbox, files } = memoryOutbox()
  const sender = await createSender(sendpush, {}, { outbox })
  const data = { title: 'Hello {{ pusher.nickname }}', data: { who: '{{ pusher.id }}' } }
  const addresses = [
    address,
    { ...address, id: '8', kind: 'fcm' as const },
    { ...address, id: '9', kind: 'webpush' as const },
  ]
  const push = await pushFor(sender, { id: '12', data, addresses })
  expect(await sender.send(push)).toMatchObject({
    done: true,
    messageId: 'outbox: 12-7.json',
    addresses: [
      { outcome: 'sent', messageId: 'outbox: 12-7.json' },
      { outcome: 'sent', messageId: 'outbox: 12-8.json' },
      { outcome: 'sent', messageId: 'outbox: 12-9.json' },
    ],
  })
  expect(files).toMatchObject([
    {
      name: '12-7.json',
      content: {
        kind: 'apns',
        address: '7',
        headers: { 'apns-topic': 'com.example.app', 'apns-collapse-id': '12' },
        payload: { aps: { alert: { title: 'Hello Lupino' } }, who: 'lupino' },
      },
    },
    {
      name: '12-8.json',
      content: {
        kind: 'fcm',
        payload: {
          message: { notification: { title: 'Hello Lupino' }, data: { who: 'lupino' }, android: { priority: 'HIGH' } },
        },
      },
    },
    { name: '12-9.json', content: { kind: 'webpush', payload: { title: 'Hello Lupino', data: { who: 'lupino' } } } },
  ])
  expect(JSON.stringify(files)).not.toContain(address.token)
})

it('writes nothing for an address that an earlier attempt tried to reach through a provider', async () => {
  const { outbox, files } = memoryOutbox()
  const sender = await createSender(sendpush, {}, { outbox })
  const progress = { open: { [address.id]: { at: 0 } }, sent: 0, reasons: [] }
  const push = await pushFor(sender, { data: { title: 'Hello' }, addresses: [address], attempt: 2, progress })
  await expect(sender.send(push)).rejects.toThrow('no worker has the settings for apns: set APNS_KEY')
  expect(files).toEqual([])
})

it('says what to set when nothing is configured and there is no outbox', async () => {
  const missing = expect.stringMatching(/FCM_CREDENTIALS.*APNS_KEY.*VAPID_PUBLIC_KEY/) as string
  expect(await sendpush.create({}, exampleContext())).toEqual({ missing })
})

it.each([
  ['renders to nothing', { title: '{{ pusher.attributes.none }}' }, 'title and body are empty after rendering'],
  [
    'has a collapse that renders too long',
    { title: 'a', collapse: `{{ pusher.id }}${'c'.repeat(60)}` },
    'collapse is longer',
  ],
])('gives up a push that %s', async (_, data, sentence) => {
  const sender = await createSender(sendpush, {}, { outbox: memoryOutbox().outbox })
  expect(await sender.send(await pushFor(sender, { data, addresses: [address] }))).toEqual({
    giveUp: expect.stringContaining(sentence) as string,
  })
})
