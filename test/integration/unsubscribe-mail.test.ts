import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Category } from '@carillon/contract'
import sendmail from '@carillon/sender-mail'
import { waitFor } from '@carillon/testkit'
import { createApi, createWorker } from 'carillon'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, newName } from './bells.ts'

const PUBLIC_URL = 'https://bells.example.com'

interface Mail {
  to: string
  text: string
  unsubscribe: string | undefined
  oneClick: string | undefined
  listId: string | undefined
}

/** A mail server, and what it has received. */
async function mailServer() {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 10,
    onData(stream, { envelope: { rcptTo } }, callback) {
      stream.on('end', () => callback())
      void buffer(stream).then(async (source) => mails.push(await read(source, rcptTo[0]!.address)))
    },
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => new Promise((closed) => server.close(() => closed(undefined))))
  return { mails, url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}` }
}

async function read(source: Buffer, to: string): Promise<Mail> {
  const { headerLines, text = '' } = await simpleParser(source)
  const valueOf = (name: string) => {
    const line = headerLines.find(({ key }) => key === name)?.line
    return line?.slice(line.indexOf(':') + 1).trim()
  }
  const [unsubscribe, oneClick] = [valueOf('list-unsubscribe'), valueOf('list-unsubscribe-post')]
  return { to, text: text.trim(), unsubscribe, oneClick, listId: valueOf('list-id') }
}

onEveryBackend('mail of a category', (current) => {
  /** Categories and pushers of names that no other test uses, whose mail goes to a server of their own. */
  async function stage(fields: Partial<Category> = {}) {
    const services = { ...current().services, publicUrl: PUBLIC_URL }
    const category = newName()
    await services.store.categories.put(1, {
      name: category,
      title: 'News',
      description: '',
      required: false,
      default: {},
      ...fields,
    })
    const pushers = [newName(), newName(), newName()]
    for (const pusher of pushers) await addPusher(services, pusher, ['sendmail'], [category])
    const { mails, url } = await mailServer()
    const env = { SMTP_URL: url, MAIL_FROM: 'bell@example.com' }
    const worker = await createWorker(services, { senders: [sendmail], env })
    onTestFinished(() => worker.stop())
    return { services, category, pushers, mails }
  }

  it('is unsubscribed from by the link of its header, each recipient by their own', async () => {
    const { services, category, pushers, mails } = await stage()
    const broadcast = (subject: string) =>
      services.api(1).pushAll('sendmail', { subject, text: '{{ unsubscribe_url }}' }, { tag: category, category })
    await broadcast('One')
    await waitFor(() => mails.length === 3)
    expect(mails.map(({ to }) => to).toSorted()).toEqual(pushers.map((id) => `${id}@example.com`).toSorted())
    expect(new Set(mails.map(({ unsubscribe }) => unsubscribe)).size).toBe(3)
    for (const { text, unsubscribe, oneClick, listId } of mails) {
      expect([unsubscribe, oneClick]).toEqual([`<${text}>`, 'List-Unsubscribe=One-Click'])
      expect(text).toMatch(/^https:\/\/bells\.example\.com\/u\/[\w-]+$/)
      expect(listId).toBe(`"News" <${category}.bells.example.com>`)
    }

    const api = await createApi(services)
    const { to, text: link } = mails[0]!
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' })
    expect((await api.request(new URL(link).pathname, { method: 'POST', body })).status).toBe(200)
    mails.length = 0
    const name = await broadcast('Two')
    await waitFor(async () => (await services.store.broadcasts.status(1, name))?.state === 'done')
    await waitFor(() => mails.length === 2)
    expect(mails.map((mail) => mail.to)).not.toContain(to)
    expect(await services.store.broadcasts.status(1, name)).toMatchObject({ sent: 2, skipped: 1 })
  })

  it('that is required, or of none, has no such header, and leads to all preferences', async () => {
    const { services, category, pushers, mails } = await stage({ required: true })
    const data = { subject: 'Hello', text: '{{ unsubscribe_url }} {{ preferences_url }}' }
    await services.api(1).push('sendmail', pushers[0]!, data, { category })
    await services.api(1).push('sendmail', pushers[1]!, data)
    await waitFor(() => mails.length === 2)
    for (const { text, unsubscribe, oneClick, listId } of mails) {
      expect([unsubscribe, oneClick, listId]).toEqual([undefined, undefined, undefined])
      const [first, second] = text.split(' ')
      expect(first).toMatch(/^https:\/\/bells\.example\.com\/u\/[\w-]+$/)
      expect(second).toBe(first)
    }
  })
})
