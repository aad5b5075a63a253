import {
  contentOf,
  isReference,
  localeChain,
  noTemplate,
  pushAllBody,
  pushBody,
  referenceData,
  referenceText,
} from '@carillon/contract'
import { expect, it } from 'vitest'

it.each([
  ['zh-Hant-TW', ['zh-hant-tw', 'zh-hant', 'zh', '']],
  ['de', ['de', '']],
  ['en-x-shop', ['en-x-shop', 'en', '']],
  ['', ['']],
])('the locales for %j are looked for from the nearest to none', (locale, chain) => {
  expect(localeChain(locale)).toEqual(chain)
})

it('a reference is told from data', () => {
  const reference = { template: 'welcome', at: '7', vars: { a: 1 } }
  const data = referenceData(reference)
  expect([isReference(data), isReference('{}'), isReference('')]).toEqual([true, false, false])
  expect(JSON.parse(referenceText(data))).toEqual(reference)
  expect(JSON.parse(referenceText(referenceData({ ...reference, locale: 'de' })))).toEqual({
    ...reference,
    locale: 'de',
  })
})

it('a push says its data, or a template with vars', () => {
  const template = (fields: object) => contentOf(pushBody.parse({ pusher: 'lupino', ...fields }))
  expect(template({ data: 'x' })).toEqual({ data: 'x' })
  expect(template({ data: '', template: 'welcome' })).toEqual({ data: '', template: { template: 'welcome', vars: {} } })
  const given = { template: { template: 'welcome', vars: { code: '1' } } }
  expect(template({ template: 'welcome', vars: '{"code":"1"}' })).toMatchObject(given)
  expect(contentOf(pushAllBody.parse({ template: 'welcome', vars: { code: '1' } }))).toMatchObject(given)
})

it.each([
  [{}, 'data: is required, unless there is a template'],
  [{ template: '' }, 'data: is required, unless there is a template'],
  [{ data: 'x', template: 'welcome' }, 'template: cannot be given together with data'],
  [{ data: 'x', vars: {} }, 'vars: needs a template'],
  [{ template: 'a b' }, 'template: must be 1 to 64 of'],
  [{ template: '..' }, 'template: must not be "." or ".."'],
  [{ template: 'welcome', vars: '[1]' }, 'vars: must be a JSON object'],
  [{ template: 'welcome', vars: { a: 'x'.repeat(100_001) } }, 'vars: must be at most 100000 characters of JSON'],
  [{ template: 'welcome', vars: { a: '\0' } }, 'vars: must not contain a NUL character'],
])('a push of %j is refused', (fields, sentence) => {
  const { error } = pushBody.safeParse({ pusher: 'lupino', ...fields })
  const said = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
  expect(said.join('\n')).toContain(sentence)
})

it.each([
  ['wellcome', {}, 'There is no template wellcome. Did you mean welcome?'],
  ['bills', { sender: 'sendmail' }, 'There is no template bills.'],
  [
    'welcome',
    { sender: 'sendsms' },
    'The template welcome has no text for sendsms; it has sendmail (default, zh) and sendslack (de).',
  ],
  ['welcome', { locale: 'fr' }, 'The template welcome has no text for the locale fr; it has sendmail'],
  ['welcome', { sender: 'sendslack', locale: '' }, 'has no text for sendslack and all other locales; it has'],
])('of %s, %j is not there', (name, asked, sentence) => {
  const text = (sender: string, locale = '') => ({ name: 'welcome', sender, locale })
  const all = [text('sendmail'), text('sendmail', 'zh'), text('sendslack', 'de')]
  expect(noTemplate(name, asked, all)).toMatchObject({
    code: 'template_not_found',
    message: expect.stringContaining(sentence),
  })
})
