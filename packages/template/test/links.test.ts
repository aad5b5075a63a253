import { createTemplates } from '@carillon/template'
import { examplePusher } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'

const templates = createTemplates({ time: 30_000 })
const pusher = examplePusher()
const links = { unsubscribe: 'https://a.example/u/1', preferences: 'https://a.example/u/2', list: undefined }
const BOTH = '{{ unsubscribe_url }} {{ preferences_url }}'

describe('links in a template', () => {
  it('are shown in a text, in HTML, in a stored template and in a partial', () => {
    const both = 'https://a.example/u/1 https://a.example/u/2'
    const stored = { vars: {}, app: { id: 1, name: 'shop' }, partials: new Map([['footer', BOTH]]) }
    expect(templates.compile(BOTH)({ pusher, links })).toBe(both)
    expect(templates.compile(BOTH, { markup: 'html' })({ pusher, links })).toBe(both)
    expect(templates.compile(`${BOTH}{% render 'footer' %}`)({ pusher, links, template: stored })).toBe(both + both)
  })

  it('are escaped as the text around them is', () => {
    const hostile = { ...links, unsubscribe: 'https://a.example/"><b>' }
    const source = '<a href="{{ unsubscribe_url }}">'
    expect(templates.compile(source, { markup: 'html' })({ pusher, links: hostile })).toBe(
      '<a href="https://a.example/&#34;&gt;&lt;b&gt;">',
    )
    const markdown = templates.compile('{{ preferences_url }}', { markup: 'markdownV2' })
    expect(markdown({ pusher, links })).toBe(String.raw`https://a\.example/u/2`)
  })

  it('are empty where there are none, and conditions see that', () => {
    expect(templates.compile(`<${BOTH}>`)({ pusher })).toBe('< >')
    const source = "{% if unsubscribe_url != '' %}yes{% else %}no{% endif %}"
    expect(templates.compile(source)({ pusher }) + templates.compile(source)({ pusher, links })).toBe('noyes')
  })

  it('are made only when a template shows them', () => {
    const unread = {
      get unsubscribe(): string {
        throw new Error('read')
      },
      get preferences(): string {
        throw new Error('read')
      },
      list: undefined,
    }
    expect(templates.compile('{{ pusher.id }}')({ pusher, links: unread })).toBe('lupino')
  })

  it('are known names, and what is nearly one is told', () => {
    const known = { partials: new Set<string>() }
    for (const options of [{}, { known }, { known: { ...known, isPartial: true } }])
      expect(templates.check(BOTH, options)).toBeNull()
    for (const options of [{}, { known }])
      expect(templates.check('{{ unsubscribe }}', options)).toBe(
        'line 1, column 4: there is no name "unsubscribe"; did you mean unsubscribe_url?',
      )
    expect(templates.check('{{ preference_url }}')).toContain('did you mean preferences_url?')
  })
})
