import { TemplateError, createTemplates, renderTexts } from '@carillon/template'
import { examplePusher } from '@carillon/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

const templates = createTemplates()
const pusher = examplePusher({ attributes: { words: ['a', 'b'], constructor: { name: 'mine' } } })

function failure(source: string, made = templates): TemplateError {
  try {
    made.compile(source)({ pusher })
  } catch (error) {
    if (error instanceof TemplateError) return error
  }
  throw new Error(`Nothing stopped ${source.slice(0, 100)}`)
}

describe('the sandbox', () => {
  it.each(['include', 'layout', 'block'])('has no %s', (tag) => {
    expect(templates.check(`{% ${tag} "package.json" %}`)).toContain(`there is no tag "${tag}"`)
  })

  it('shows own properties only', () => {
    expect(
      templates.compile('{{ pusher.constructor }}{{ pusher.tags.map }}{{ pusher.id.__proto__ }}{{ pusher.toString }}')({
        pusher,
      }),
    ).toBe('')
    expect(templates.compile('{{ pusher.attributes.constructor.name }}')({ pusher })).toBe('mine')
  })

  it('changes nothing for the next', () => {
    const source =
      '{% increment pusher %}{% assign pusher = 1 %}{% assign words = pusher.attributes.words | push: "c" %}{% cycle "x", "y" %}'
    const render = templates.compile(source)
    expect([render({ pusher }), render({ pusher })]).toEqual(['0x', '0x'])
    expect(templates.compile('{{ pusher.attributes.words }}{{ words }}')({ pusher })).toBe('ab')
  })
})

describe('the limits of a value of many texts', () => {
  const write = (characters: number) => () => 'x'.repeat(characters)

  it('count what all texts write, but not those that render to themselves', () => {
    const third = write(333_333)
    expect(renderTexts({ a: '{{ 1 }}', b: ['{{ 2 }}', { c: '{{ 3 }}' }] }, third)).toMatchObject({ a: third() })
    const tooMuch = { message: 'the template produces too much text', timedOut: false }
    expect(() => renderTexts(['1', '2', '3', ['4']], third)).toThrow(expect.objectContaining(tooMuch))
    const long = Array.from({ length: 4 }, third)
    expect(renderTexts(long, (source) => source)).toEqual(long)
  })

  it('end texts that take long together, which another try may get through', () => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    onTestFinished(() => void vi.restoreAllMocks())
    const slowly = (source: string) => {
      now += 400
      return source
    }
    expect(renderTexts(['1', '2', '3', '4', '5'], slowly)).toHaveLength(5)
    const tooLong = { message: 'the template takes too long to render', timedOut: true }
    expect(() => renderTexts(['1', '2', '3', '4', '5', '6'], slowly)).toThrow(expect.objectContaining(tooLong))
  })
})

describe('the limits', () => {
  const doubling = '{% assign s = "xxxxxxxx" %}'

  it.each([
    ['a long loop', '{% for i in (1..100000000) %}x{% endfor %}'],
    ['a long loop over a short text', `{% for i in (1..1000) %}${'long '.repeat(1000)}{% endfor %}`],
    ['a text doubled by capture', `${doubling}${'{% capture s %}{{ s }}{{ s }}{% endcapture %}'.repeat(40)}`],
    ['a text doubled by filters', `${doubling}${'{% assign s = s | append: s %}'.repeat(40)}`],
    [
      'a list of one long text many times',
      `${doubling}${'{% assign s = s | append: s %}'.repeat(14)}{% assign l = s | split: "-" %}${'{% assign l = l | concat: l %}'.repeat(14)}{{ l | upcase }}`,
    ],
    ['a wide number', '{{ pusher.createdAt | date: "%999999999d" }}'],
  ])('cut %s', (_, source) => {
    expect(failure(source)).toMatchObject({
      message: expect.stringContaining('produces too much text'),
      timedOut: false,
    })
  })

  it.each([
    [
      'loops in loops',
      '{% for a in (1..900) %}{% for b in (1..900) %}{% for c in (1..900) %}{% endfor %}{% endfor %}{% endfor %}',
    ],
    ['one tag with much to compare', `{% if ${'(1..900000) == (1..900000) and '.repeat(200)} true %}{% endif %}`],
  ])('end %s, which another try may get through', (_, source) => {
    const quick = createTemplates({ time: 50, memory: 1e9 })
    expect(failure(source, quick)).toMatchObject({
      message: 'the template takes too long to render',
      timedOut: true,
    })
  })

  it.each([
    '(1..pusher.createdAt)',
    '(9007199254740992..9007199254740996)',
    '("9007199254740992".."9007199254740996")',
    '(-1e400..1)',
  ])('let no range run away: %s', (range) => {
    for (const source of [
      `{% for i in ${range} %}{% endfor %}`,
      `{{ ${range} | join }}`,
      `{% if true == ${range} %}{% endif %}`,
    ]) {
      expect(templates.check(source)).toMatch(/a range needs two plain numbers|cannot be understood/)
    }
  })

  it('take a source up to a length', () => {
    const short = createTemplates({ sourceLength: 100 })
    expect(short.check(`{{.ID}}${'x'.repeat(100)}`)).toBe('the template is too long')
    expect(short.check('x'.repeat(1000))).toBeNull()
  })

  it.each(['{{', '{%', '{{ "\\"', '{% raw %}', '{% if a %}', '{{if .ID}}', '{{ x }}', '{% liquid\n'])(
    'survive %s many times over',
    (part) => {
      const source = part.repeat(400_000 / part.length)
      expect(templates.check(source)).toEqual(expect.any(String))
    },
  )
})

describe('the cache', () => {
  it('keeps what it gives right, however many templates there are', () => {
    const rendered = Array.from({ length: 3000 }, (_, at) => templates.compile(`${at} {{.ID}}`)({ pusher }))
    expect(rendered).toEqual(rendered.map((_, at) => `${at} lupino`))
    expect(templates.compile('0 {{.ID}}')({ pusher })).toBe('0 lupino')
  })

  it('does not mix texts with HTML', () => {
    const hostile = { ...pusher, nickname: '<' }
    expect(
      ['text', 'html', 'text'].map((mode) =>
        templates.compile('{{.NickName}}', { markup: mode === 'html' ? 'html' : undefined })({ pusher: hostile }),
      ),
    ).toEqual(['<', '&lt;', '<'])
  })
})
