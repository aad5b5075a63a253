import { referenceData, type SenderFacts } from '@carillon/contract'
import senddiscord from '@carillon/sender-discord'
import sendmail from '@carillon/sender-mail'
import sendpush from '@carillon/sender-push'
import sendrealtime from '@carillon/sender-realtime'
import sendslack from '@carillon/sender-slack'
import sendsms from '@carillon/sender-sms'
import sendteams from '@carillon/sender-teams'
import sendtelegram from '@carillon/sender-telegram'
import { examplePusher } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { previewWith } from '../preview.ts'
import type { ReadEdition } from '../templates/editions.ts'

const ada = examplePusher({ id: 'ada', nickname: 'Ada & Co' })

const noEdition: ReadEdition = async () => undefined

function preview(facts: SenderFacts, data: unknown, pusher = 'ada', readEdition = noEdition, publicUrl?: string) {
  const getMany = async (_app: number, ids: string[]) => (ids.includes('ada') ? [ada] : [])
  const read = previewWith({ pushers: { getMany }, senders: new Map([[facts.name, facts]]), readEdition, publicUrl })
  return read(1, { sender: facts.name, pusher }, typeof data === 'string' ? data : JSON.stringify(data))
}

async function partsOf(facts: SenderFacts, data: unknown, publicUrl?: string): Promise<Record<string, string>> {
  const shown = await preview(facts, data, 'ada', noEdition, publicUrl)
  if (!shown || 'failure' in shown) throw new Error(JSON.stringify(shown))
  return Object.fromEntries(shown.parts.map(({ name, text }) => [name, text]))
}

const HELLO = 'Hello {{ pusher.nickname }}'
const LINKS = 'links: {{ unsubscribe_url }}|{{ preferences_url }}'
const EXAMPLES = 'links: https://bells.example.com/u/example|https://bells.example.com/u/example'

describe('what a pusher reads', () => {
  it('of a mail: subject, text and HTML, each rendered as it is sent', async () => {
    expect(await partsOf(sendmail, { subject: HELLO, text: '<p>{{ pusher.nickname }}</p>' })).toEqual({
      subject: 'Hello Ada & Co',
      text: 'Ada & Co',
      html: '<p>Ada &amp; Co</p>',
    })
  })

  it('of a text message, or of a template that a provider fills in', async () => {
    expect(await partsOf(sendsms, { text: HELLO })).toEqual({ text: 'Hello Ada & Co' })
    const template = { template: 'SMS_1', signName: 'Bell', params: { name: '{{ pusher.nickname }}' } }
    expect(await partsOf(sendsms, template)).toEqual({
      template: 'SMS_1',
      signName: 'Bell',
      params: '{\n  "name": "Ada & Co"\n}',
    })
  })

  it('of a push notification', async () => {
    const data = { title: HELLO, body: 'x', actions: [{ action: 'open', title: HELLO }] }
    expect(await partsOf(sendpush, data)).toMatchObject({
      title: 'Hello Ada & Co',
      body: 'x',
      actions: expect.stringContaining('"title": "Hello Ada & Co"'),
    })
  })

  it.each([
    [sendslack, { text: HELLO }, { text: 'Hello Ada &amp; Co' }],
    [senddiscord, { content: HELLO }, { content: 'Hello Ada & Co' }],
    [sendtelegram, { text: HELLO, parse_mode: 'HTML' }, { text: 'Hello Ada &amp; Co' }],
    [sendteams, { text: HELLO }, { attachments: expect.stringContaining('"text": "Hello Ada & Co"') }],
  ])('of a chat message', async (sender, data, expected) => {
    expect(await partsOf(sender, data)).toMatchObject(expected)
  })

  it.each([
    [sendmail, { subject: '{{ vars.shop }}', text: "{% render 'footer' %}" }, { subject: 'C&A', text: 'Ada & Co' }],
    [sendsms, { text: '{{ vars.shop }}' }, { text: 'C&A' }],
    [sendpush, { title: '{{ vars.shop }}' }, { title: 'C&A' }],
    [sendslack, { text: '{{ vars.shop }}' }, { text: 'C&amp;A' }],
    [senddiscord, { content: '{{ vars.shop }}' }, { content: 'C&A' }],
    [sendtelegram, { text: '{{ vars.shop }}' }, { text: 'C&A' }],
    [sendrealtime, { event: 'hi', data: ['{{ vars.shop }}'] }, { event: 'hi', data: expect.stringContaining('"C&A"') }],
    [sendteams, { text: '{{ vars.shop }}' }, { attachments: expect.stringContaining('"text": "C&A"') }],
  ])('of a stored template', async (sender, data, expected) => {
    const schema = sender.templateData!(new Set(['footer']))
    expect(await schema['~standard'].validate(data)).not.toHaveProperty('issues')
    expect(await schema['~standard'].validate(JSON.parse(JSON.stringify(data).replace('vars', 'var')))).toMatchObject({
      issues: [{ message: expect.stringContaining('line 1, column 4: there is no name "var"') }],
    })
    const partials = new Map([['footer', '{{ pusher.nickname }}']])
    const texts = new Map([['zh', { data: JSON.stringify(data), strict: false, partials }]])
    const edition: ReadEdition = async () => ({ at: '1', app: { id: 1, name: 'shop' }, category: null, texts })
    const raw = referenceData({ template: 'welcome', at: '1', vars: { shop: 'C&A' } })
    const shown = await preview(sender, raw, 'ada', edition)
    if (!shown || 'failure' in shown) throw new Error(JSON.stringify(shown))
    expect(Object.fromEntries(shown.parts.map(({ name, text }) => [name, text]))).toMatchObject(expected)
    expect(await preview(sender, raw)).toEqual({ failure: 'the template welcome has no text for the locale zh-CN' })
  })

  it.each([
    [sendmail, { subject: 'x', text: LINKS }, { text: EXAMPLES }],
    [sendmail, { subject: 'x', html: `<b>${LINKS}</b>`, text: 'x' }, { html: `<b>${EXAMPLES}</b>` }],
    [sendsms, { text: LINKS }, { text: EXAMPLES }],
    [sendpush, { title: 'x', body: LINKS }, { body: EXAMPLES }],
    [sendslack, { text: LINKS }, { text: EXAMPLES }],
    [senddiscord, { content: LINKS }, { content: EXAMPLES }],
    [sendtelegram, { text: LINKS }, { text: EXAMPLES }],
    [sendteams, { text: LINKS }, { attachments: expect.stringContaining(EXAMPLES) }],
  ])('has links that open nothing', async (sender, data, expected) => {
    expect(await sender.data!['~standard'].validate(data)).not.toHaveProperty('issues')
    expect(await partsOf(sender, data, 'https://bells.example.com')).toMatchObject(expected)
    expect(JSON.stringify(await partsOf(sender, data))).toContain('links: |')
  })

  it('is not shown for a sender that has no previews, or that is not known here', async () => {
    expect(await preview({ name: 'plain' }, 'x')).toBeNull()
    const read = previewWith({ pushers: { getMany: async () => [ada] }, senders: new Map(), readEdition: noEdition })
    expect(await read(1, { sender: 'sendmail', pusher: 'ada' }, '{}')).toBeNull()
  })

  it.each([
    [{ subject: 'Hello', text: 'Hello' }, 'nobody', 'the pusher was removed'],
    [{ subject: 'Hello' }, 'ada', 'its data is invalid: text: is required'],
    [{ subject: '{{ pusher.attributes.none }}', text: 'Hello' }, 'ada', 'the subject is empty after rendering'],
  ])('or why it cannot be rendered: %j to %s', async (data, pusher, failure) => {
    expect(await preview(sendmail, data, pusher)).toEqual({ failure })
  })

  it('survives what a plugin throws or returns', async () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const plain = (shown: () => object) => preview({ name: 'plain', preview: shown }, 'x')
    expect(await plain(() => circle)).toMatchObject({ failure: expect.stringContaining('circular') })
    expect(
      await plain(() => {
        throw Object.assign(new Error(), { message: 'no\0pe' })
      }),
    ).toEqual({ failure: 'nope' })
    expect(await plain(() => ({ text: 'x', none: undefined }))).toEqual({
      parts: [{ name: 'text', text: 'x', isJson: false }],
    })
  })
})
