import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineSender, type SenderDefinition, type Template } from '@carillon/contract'
import { createCore, localApi } from '@carillon/core'
import { createTemplates } from '@carillon/template'
import sendmail from '@carillon/sender-mail'
import { createSender, examplePusher, waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { outboxIn } from '../../apps/cli/senders/outbox.ts'
import { emptyFolder } from '../services/carillon.ts'
import { onEveryBackend } from './backends.ts'
import { gate, newName, work } from './bells.ts'

/** A sender that writes down whom it sent which text. */
function scribe(
  name: string,
  before: () => Promise<void> | undefined,
): { sender: SenderDefinition; sent: Map<string, string> } {
  const templates = createTemplates()
  const sent = new Map<string, string>()
  const data = (check: (source: string) => string | null) =>
    z.object({ text: z.string().refine((source) => check(source) === null, 'is not a valid template') })
  const sender = defineSender({
    name,
    options: z.object({}),
    data: data(() => null),
    templateData: (partials) => data((source) => templates.check(source, { known: { partials } })),
    create: () => ({
      async send({ data: { text }, pusher, template }) {
        await before()
        sent.set(pusher.id, templates.compile(text)({ pusher, template }))
      },
    }),
  })
  return { sender, sent }
}

onEveryBackend('stored templates', (current) => {
  /** A sender of a new name, on an app of its own. */
  async function stage(before: () => Promise<void> | undefined = () => undefined) {
    const { services } = current()
    const name = newName()
    const app = (await services.store.apps.create({ name: 'shop' })).id
    const { sender, sent } = scribe(name, before)
    const known = new Map([sender, sendmail].map((one) => [one.name, one]))
    const core = createCore({ ...services, senders: known, wakesOnConnect: [] })
    const text = (source: string) => JSON.stringify({ text: source })
    const push = { app, sender: name, data: '', schedat: 0, force: false, priority: 'normal', ttl: 60 } as const
    return {
      app,
      name,
      core,
      sent,
      templates: services.store.templates,
      put: (source: string, locale = '', more: Partial<Template> = {}) =>
        core.templates.put(app, {
          name: 'welcome',
          sender: name,
          locale,
          data: more.sender === 'partial' ? source : text(source),
          strict: false,
          category: null,
          ...more,
        }),
      add: (id: string, locale = '') =>
        services.pushers.set(app, id, { addSenders: [name], fields: { locale, nickname: id } }, true),
      push: (pusher: string, vars = {}, options: { category?: string } = {}) =>
        core.push({ ...push, pusher, template: { template: 'welcome', vars }, ...options }),
      pushAll: (options: { category?: string } = {}) =>
        core.pushAll({ ...push, tag: '', template: { template: 'welcome', vars: { code: 1 } }, ...options }),
      async work() {
        const created = await sender.create({}, { api: () => ({}) as never, log: services.log })
        if ('missing' in created) throw new Error(created.missing)
        const worker = await work(services, [created])
        onTestFinished(() => worker.stop())
      },
    }
  }

  it('are sent in the nearest locale of each pusher', async () => {
    const { put, add, push, sent, work: start } = await stage()
    await put('default {{ vars.code }}')
    await put('zh {{ pusher.nickname }}', 'zh')
    await put('zh-Hant {{ app.name }}', 'zh-Hant')
    const locales = { tw: 'zh-Hant-TW', hant: 'zh-hant', cn: 'zh-CN', de: 'de', none: '' }
    for (const [id, locale] of Object.entries(locales)) await add(id, locale)
    await start()
    await Promise.all(Object.keys(locales).map((id) => push(id, { code: 7 })))
    await waitFor(() => sent.size === 5)
    expect(Object.fromEntries(sent)).toEqual({
      tw: 'zh-Hant shop',
      hant: 'zh-Hant shop',
      cn: 'zh cn',
      de: 'default 7',
      none: 'default 7',
    })
  })

  it('are sent as they were when the push was accepted, whatever is changed meanwhile', async () => {
    const { put, add, push, sent, work: start, app, templates } = await stage()
    await put('[{{ vars.year }}]', '', { name: 'footer', sender: 'partial' })
    await put("old{% render 'footer' %}")
    await add('ann')
    await add('bob', 'de')
    await add('eve')
    await push('ann', { year: 1 })
    await push('bob', { year: 1 })
    await put('new footer', '', { name: 'footer', sender: 'partial' })
    await put("new {% render 'footer' %}")
    await put('neu', 'de')
    await push('eve')
    await templates.remove(app, 'welcome')
    await expect(push('eve')).rejects.toMatchObject({ code: 'template_not_found' })
    await start()
    await waitFor(() => sent.size === 3)
    expect(Object.fromEntries(sent)).toEqual({ ann: 'old[1]', bob: 'old[1]', eve: 'new new footer' })
  })

  it('change for no recipient in the middle of a broadcast', async () => {
    const hold = gate()
    const { put, add, pushAll, sent, work: start, app, templates } = await stage(() => hold.passed)
    await put('footer', '', { name: 'footer', sender: 'partial' })
    await put("old {{ vars.code }} {% render 'footer' %}")
    const ids = Array.from({ length: 120 }, (_, index) => `p${index}`)
    await Promise.all(ids.map((id) => add(id)))
    await start()
    await pushAll()
    await put('new footer', '', { name: 'footer', sender: 'partial' })
    await put('new')
    await templates.remove(app, 'welcome')
    hold.open()
    await waitFor(() => sent.size === ids.length)
    expect(new Set(sent.values())).toEqual(new Set(['old 1 footer']))
  })

  it('are the same push while they are the same', async () => {
    const { put, add, push } = await stage()
    await put('a')
    await add('ann')
    const [first, second] = [await push('ann'), await push('ann')]
    expect(second).toEqual(first)
    await put('unrelated', '', { name: 'other' })
    expect(await push('ann')).toEqual(first)
    expect((await push('ann', { code: 1 })).name).not.toBe(first.name)
    await put('b')
    expect((await push('ann')).name).not.toBe(first.name)
  })

  it('are pushed from within the process too', async () => {
    const { put, add, sent, name, app, core, work: start } = await stage()
    const api = localApi(core, current().services.pushers, app, 60)
    await put('{{ vars.code }}')
    await add('ann')
    await add('bob')
    await start()
    await api.pushTemplate(name, 'ann', 'welcome', { code: 1 }, { priority: 'high' })
    await waitFor(() => sent.get('ann') === '1')
    await api.pushAllTemplate(name, 'welcome', { code: 2 })
    await waitFor(() => sent.get('ann') === '2' && sent.get('bob') === '2')
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    await expect(api.pushTemplate(name, 'ann', 'welcome', circle)).rejects.toMatchObject({ code: 'invalid_field' })
    await expect(api.pushTemplate(name, 'ann', 'none')).rejects.toMatchObject({ code: 'template_not_found' })
  })

  it('give pushes that name no category theirs: the default text its own, else the newest of the others', async () => {
    const { put, add, push, pushAll, app, core } = await stage()
    const { categories, history, broadcasts } = current().services.store
    const stored = { title: '', description: '', required: false, default: {} }
    for (const one of ['news', 'offers', 'tips']) await categories.put(app, { ...stored, name: one })
    await add('ann')
    let code = 0
    const categoryOfPush = async (options = {}) =>
      (await history.find(app, (await push('ann', { code: ++code }, options)).id))?.category
    await put('de', 'de', { category: 'offers' })
    expect(await categoryOfPush()).toBe('offers')
    await put('fr', 'fr', { category: 'tips' })
    await put('default')
    expect(await categoryOfPush()).toBe('tips')
    await put('default', '', { category: 'news' })
    await put('neu', 'de', { category: 'offers' })
    const kept = await push('ann')
    expect([await categoryOfPush(), await categoryOfPush({ category: 'tips' })]).toEqual(['news', 'tips'])
    const ofBroadcast = async (options = {}) => (await broadcasts.status(app, (await pushAll(options)).name))?.category
    expect([await ofBroadcast(), await ofBroadcast({ category: 'tips' })]).toEqual(['news', 'tips'])
    await put('default', '', { category: 'offers' })
    expect((await history.find(app, kept.id))?.category).toBe('news')

    await categories.remove(app, 'offers')
    const unknown = { code: 'category_not_found', message: 'There is no category offers.' }
    await expect(push('ann')).rejects.toMatchObject(unknown)
    await expect(pushAll()).rejects.toMatchObject(unknown)
    await push('ann', {}, { category: 'news' })
    await expect(put('other', '', { category: 'offers' })).rejects.toMatchObject(unknown)
    await expect(core.templates.rollback(app, 'welcome', 1)).rejects.toMatchObject(unknown)
    expect(await current().services.store.templates.versions(app, 'welcome', { size: 10 })).toHaveLength(6)
  })

  it('cannot be forged by data', async () => {
    const { add, core, app, name } = await stage()
    await add('ann')
    const push = { app, sender: name, pusher: 'ann', schedat: 0, force: false, priority: 'normal', ttl: 60 } as const
    const forged = core.push({ ...push, data: '\u0001{"template":"welcome","at":"1","vars":{}}' })
    await expect(forged).rejects.toMatchObject({ code: 'invalid_field' })
  })

  it('have versions, which are counted by name', async () => {
    const { put, templates, app, name, core } = await stage()
    const first = await put('a')
    expect(first).toMatchObject({
      name: 'welcome',
      sender: name,
      locale: '',
      version: 1,
      strict: false,
      category: null,
    })
    expect(await put('a')).toEqual(first)
    await put('b', 'de')
    await put('c')
    expect((await templates.find(app, 'welcome')).map(({ locale, version }) => [locale, version])).toEqual([
      ['', 3],
      ['de', 2],
    ])
    expect(await core.templates.rollback(app, 'welcome', 1)).toMatchObject({ locale: '', version: 4 })
    expect(await templates.find(app, 'welcome', { locale: '' })).toMatchObject([{ data: '{"text":"a"}', version: 4 }])
    const versions = await templates.versions(app, 'welcome', { size: 10 })
    expect(versions.map(({ version }) => version)).toEqual([4, 3, 2, 1])
    expect(await templates.versions(app, 'welcome', { after: 3, size: 1 })).toMatchObject([{ version: 2 }])
    await expect(core.templates.rollback(app, 'welcome', 9)).rejects.toMatchObject({ code: 'template_not_found' })
  })

  it('written at once have one number each', async () => {
    const { put, templates, app } = await stage()
    await Promise.all(Array.from({ length: 10 }, (_, index) => put(`${index}`)))
    const versions = await templates.versions(app, 'welcome', { size: 20 })
    expect(versions.map(({ version }) => version)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
  })

  it('are removed for one locale, or for all, and counted on when they return', async () => {
    const { put, templates, app } = await stage()
    await put('a')
    await put('b', 'de')
    await templates.remove(app, 'welcome', { locale: 'de' })
    expect((await templates.list(app)).map(({ locale }) => locale)).toEqual([''])
    await templates.remove(app, 'welcome')
    expect(await templates.list(app)).toEqual([])
    await expect(templates.remove(app, 'welcome')).rejects.toMatchObject({ code: 'template_not_found' })
    expect(await put('a')).toMatchObject({ version: 5 })
  })

  it('belong to their app', async () => {
    const { put, templates, app } = await stage()
    const other = await stage()
    await put('a')
    expect(await templates.find(other.app, 'welcome')).toEqual([])
    await expect(other.templates.remove(other.app, 'welcome')).rejects.toMatchObject({ code: 'template_not_found' })
    expect(await templates.list(app)).toHaveLength(1)
  })

  it('need the partials that they render', async () => {
    const { put, templates, app } = await stage()
    await expect(put("{% render 'footer' %}")).rejects.toMatchObject({ code: 'invalid_field' })
    await put('footer', '', { name: 'footer', sender: 'partial' })
    await put("{% render 'footer' %}")
    const conflict = {
      code: 'conflict',
      message: 'The template welcome renders the partial footer. Change or remove it first.',
    }
    await expect(templates.remove(app, 'footer')).rejects.toMatchObject(conflict)
    await put('without')
    await templates.remove(app, 'footer')
  })

  it('refuse a partial that renders itself, also over another', async () => {
    const { put } = await stage()
    const partial = (name: string, source: string) => put(source, '', { name, sender: 'partial' })
    await partial('b', 'b')
    await partial('a', "{% render 'b' %}")
    const text = { message: expect.stringContaining('data must be a text') }
    await expect(partial('c', '{"text":"x"}')).rejects.toMatchObject(text)
    const through = { message: 'data renders a, which renders b' }
    await expect(partial('b', "{% render 'a' %}")).rejects.toMatchObject(through)
    await expect(partial('b', "{% render 'b' %}")).rejects.toMatchObject({ message: 'data renders itself' })
  })

  it('that are strict refuse a push without what they mention, in any locale or partial', async () => {
    const { put, add, push } = await stage()
    await put('{{ vars.year }}', '', { name: 'footer', sender: 'partial' })
    await put('{{ vars.code }}', '', { strict: true })
    await put("{{ vars.name }}{% render 'footer' %}", 'de', { strict: true })
    await add('ann')
    await expect(push('ann', { code: '1' })).rejects.toMatchObject({
      code: 'invalid_field',
      message: 'vars lacks name, year, which the template needs',
    })
    await push('ann', { code: null, name: '', year: 0 })
  })

  it('that are broken are refused with the field, the line and the column', async () => {
    const { app, core } = await stage()
    const put = (data: object, locale = '') => {
      const given = { name: 'letter', sender: 'sendmail', locale, strict: false, category: null }
      return core.templates.put(app, { ...given, data: JSON.stringify(data) })
    }
    await expect(put({ subject: 'a', text: 'b\n {{ vars.code | shout }}' })).rejects.toMatchObject({
      code: 'invalid_field',
      message:
        'data is invalid for sendmail: text: is not a valid template: line 2, column 2: there is no filter "shout"',
    })
    await expect(put({ subject: 'a' })).rejects.toMatchObject({ message: expect.stringContaining('text: is required') })
    await put({ subject: '{{ vars.shop }}', text: 'at {{ vars.shop }}', html: '<b>{{ vars.shop }}</b>' })
    const pusher = { id: 'x', email: '', nickname: '', phoneNumber: '', senders: [], tags: [] }
    const made = { ...pusher, createdAt: 0, timezone: '', locale: 'de', attributes: {} }
    const query = { template: 'letter', sender: 'sendmail', pusher: made, vars: { shop: 'C&A' } }
    expect(await core.templates.preview(app, query)).toEqual({
      subject: 'C&A',
      text: 'at C&A',
      html: '<b>C&amp;A</b>',
    })
    const silent = core.templates.preview(app, { ...query, vars: {} })
    await expect(silent).rejects.toMatchObject({ message: expect.stringContaining('the subject is empty') })
  })

  it('are rendered while they are written, with the newest partials, and not stored', async () => {
    const { app, core, put, templates } = await stage()
    await put('{{ app.name }}', '', { name: 'footer', sender: 'partial' })
    await put('({{ app.name }})', 'de', { name: 'footer', sender: 'partial' })
    const given = { name: 'letter', sender: 'sendmail', locale: 'de-AT', strict: true, category: null }
    const draft = (text: string, more: Partial<Template>) => {
      const data = more.sender === 'partial' ? text : JSON.stringify({ subject: 'S', text })
      return { ...given, ...more, data }
    }
    const show = (text: string, more: Partial<Template> = {}) =>
      core.templates.previewDraft({
        app: { id: app, name: 'C&A' },
        template: draft(text, more),
        pusher: examplePusher({ nickname: 'Ada' }),
        vars: { n: 7 },
      })
    expect(await show("<b>{{ pusher.nickname }} {{ vars.n }}{% render 'footer' %}</b>")).toMatchObject({
      html: '<b>Ada 7(C&amp;A)</b>',
    })
    const header = { name: 'header', sender: 'partial' }
    expect(await show('{{ app.name }}', header)).toEqual({ html: 'C&amp;A', text: 'C&A' })
    await expect(show('{{ vars.other }}')).rejects.toMatchObject({ message: expect.stringContaining('lacks other') })
    const issues = (text: string, more: Partial<Template> = {}) => core.templates.issues(app, draft(text, more))
    expect(await issues('{{ pusher.id }}')).toEqual([])
    const unknown = 'is not a valid template: line 1, column 4: there is no name "nickname"'
    expect(await issues('{{ nickname }}')).toEqual([{ path: ['text'], message: expect.stringContaining(unknown) }])
    const itself = [{ path: [], message: 'renders itself' }]
    expect(await issues("{% render 'footer' %}", { name: 'footer', sender: 'partial' })).toEqual(itself)
    expect(await templates.find(app, 'letter')).toEqual([])
  })

  it('reach nothing and end, where they are previewed, written and sent', async () => {
    const { app, core, put } = await stage()
    const { services } = current()
    const outbox = await emptyFolder()
    const worker = await work(services, [await createSender(sendmail, {}, { outbox: outboxIn(outbox) })])
    onTestFinished(() => worker.stop())
    const fields = { email: 'ann@example.com' }
    await services.pushers.set(app, 'ann', { addSenders: ['sendmail'], fields }, true)
    const partial = { name: 'inner', sender: 'partial' }
    const pusher = examplePusher()
    const letter = (text: string) => ({
      name: 'letter',
      sender: 'sendmail',
      locale: '',
      data: JSON.stringify({ subject: 'S', text }),
      strict: false,
      category: null,
    })
    const common = { app, sender: 'sendmail', schedat: 0, force: true, priority: 'high', ttl: 60 } as const
    /** Previews a template, as it is stored and as it is written, and pushes it. */
    async function tried(text: string) {
      await core.templates.put(app, letter(text))
      const query = { template: 'letter', sender: 'sendmail', pusher, vars: {} }
      const writing = { app: { id: app, name: 'shop' }, template: letter(text), pusher, vars: {} }
      const previews = await Promise.allSettled([
        core.templates.preview(app, query),
        core.templates.previewDraft(writing).then((draft) => ('shown' in draft ? draft.shown : draft)),
      ])
      const push = { ...common, pusher: 'ann', data: '', template: { template: 'letter', vars: {} } }
      const { id } = await core.push(push)
      const over = () => services.store.history.find(app, id).then((found) => found?.finishedAt && found)
      const { state, reason } = await waitFor(over, { timeout: 20_000 })
      return {
        previews: previews.map((each) => (each.status === 'fulfilled' ? each.value : each.reason)),
        state,
        reason,
      }
    }
    const tooMuch = expect.stringContaining('the template produces too much text')
    const cut = { previews: [{ message: tooMuch }, { message: tooMuch }], state: 'dead', reason: tooMuch }
    expect(await tried('{% for i in (1..1000000000) %}x{% endfor %}')).toMatchObject(cut)
    await put(`{% for i in (1..1000) %}${'x'.repeat(100_000)}{% endfor %}`, '', partial)
    expect(await tried("{% render 'inner' %}")).toMatchObject(cut)
    await expect(core.templates.put(app, letter('{{ constructor }}'))).rejects.toMatchObject({ code: 'invalid_field' })
    await put('{{ constructor }}{{ constructor.constructor }}', '', partial)
    const nothing = { previews: [{ text: '[]' }, { text: '[]' }], state: 'sent', reason: null }
    expect(
      await tried("[{% render 'inner' %}{{ vars.constructor }}{{ pusher.attributes.constructor }}]"),
    ).toMatchObject(nothing)
    const sources = await Promise.all((await readdir(outbox)).map((file) => readFile(join(outbox, file), 'utf8')))
    expect(sources).toEqual([expect.stringContaining('\r\n[]\r\n')])
  })

  it('has versions, all or those of one locale', async () => {
    const { app, put, name, templates } = await stage()
    for (const locale of ['', 'de', '', 'de']) await put(newName(), locale)
    const numbers = async (page: object) =>
      (await templates.versions(app, 'welcome', { size: 2, ...page })).map(({ version }) => version)
    expect(await numbers({})).toEqual([4, 3])
    expect(await numbers({ sender: name, locale: 'de' })).toEqual([4, 2])
    expect(await numbers({ sender: name, locale: '', after: 3 })).toEqual([1])
  })

  it('are of no use to a sender without templates', async () => {
    const { app, core } = await stage()
    const given = { name: 'a', sender: 'nobody', locale: '', data: 'x', strict: false, category: null }
    await expect(core.templates.put(app, given)).rejects.toMatchObject({
      message: expect.stringContaining('there is no sender nobody; there are '),
    })
    const mail = core.templates.put(app, { ...given, sender: 'sendmial' })
    await expect(mail).rejects.toMatchObject({ message: 'there is no sender sendmial; did you mean sendmail?' })
    await expect(core.templates.put(app, { ...given, sender: 'webhook' })).rejects.toMatchObject({
      code: 'invalid_field',
    })
  })
})
