import { createTemplates, TemplateError } from '@carillon/template'
import { examplePusher } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'

// What is tested here is not the time, which a busy machine may take.
const templates = createTemplates({ time: 30_000 })
const lupino = examplePusher()

interface Given {
  vars?: Record<string, unknown>
  partials?: Record<string, string>
  html?: boolean
}

function render(source: string, { vars = {}, partials = {}, html = false }: Given = {}): string {
  const stored = { vars, app: { id: 7, name: 'shop' }, partials: new Map(Object.entries(partials)) }
  return templates.compile(source, html ? { markup: 'html' } : {})({ pusher: lupino, template: stored })
}

function failure(source: string, given: Given): TemplateError {
  try {
    render(source, given)
  } catch (error) {
    if (error instanceof TemplateError) return error
  }
  throw new Error('Nothing stopped it')
}

const known = { partials: new Set(['footer', 'header']) }
const check = (source: string, more = {}) => templates.check(source, { known, ...more })

describe('a stored template', () => {
  it('shows the pusher, the vars and the app', () => {
    const source = '{{ pusher.nickname }} {{.ID}} {{ vars.order.lines[1] }} {{ app.name }} {{ app.id }}'
    expect(check(source)).toBeNull()
    expect(render(source, { vars: { order: { lines: ['a', 'b'] } } })).toBe('Lupino lupino b shop 7')
  })

  it('shows nothing for vars that are missing', () => {
    expect(render('<{{ vars.none }}{{ vars.none.at.all }}>')).toBe('<>')
  })

  it('keeps C&A in a text, and escapes it in HTML', () => {
    const given = { vars: { shop: 'C&A' }, partials: { footer: '<i>{{ vars.shop }}</i>' } }
    const source = "C&A {{ vars.shop }}{% render 'footer' %}"
    expect(render(source, given)).toBe('C&A C&A<i>C&A</i>')
    expect(render(source, { ...given, html: true })).toBe('C&A C&amp;A<i>C&amp;A</i>')
  })

  it('reaches nothing but what it is given', () => {
    const given = { vars: JSON.parse('{"constructor": {"name": "mine"}, "__proto__": {"a": 1}, "list": [1]}') }
    expect(render('{{ constructor }}{{ vars.toString }}{{ vars.list.map }}{{ app.constructor }}', given)).toBe('')
    expect(render('{{ vars.constructor.name }}', given)).toBe('mine')
  })

  it.each([
    ['{{ nickname }}', 'line 1, column 4: there is no name "nickname"; did you mean vars.nickname?'],
    ['a\n{{ app.secret }}', 'line 2, column 4: there is no field "secret" of an app; there are app.id, app.name'],
    ['{{ pusher.nam }}', 'line 1, column 4: there is no field "nam" of a pusher'],
    ["a\n b{% render 'foter' %}", 'line 2, column 3: there is no partial "foter"; did you mean "footer"?'],
    ["{% render 'a/b' %}", 'line 1, column 1: there is no partial of that name'],
    ['{% render vars.name %}', "line 1, column 1: a partial needs a name in quotes, such as {% render 'footer' %}"],
    ["{% render 'footer', year: year %}", 'there is no name "year"'],
    ["{% render 'footer', range: (1..vars.n) %}", 'a range needs two plain numbers'],
  ])('is refused for %j', (source, complaint) => {
    expect(check(source)).toContain(complaint)
    expect(check(source, { markup: 'html' })).toContain(complaint)
  })

  it('is the only one that may name vars, app and partials', () => {
    expect(templates.check('{{ vars.a }}')).toContain('there is no name "vars"')
    expect(templates.check('{{ app.name }}')).toContain('there is no name "app"')
    expect(templates.check("a {% render 'footer' %}")).toBe(
      'line 1, column 3: only stored templates can render a partial',
    )
    expect(check("{{ vars.a }}{{ app.name }}{% render 'footer' %}")).toBeNull()
  })

  it('says what it asks for', () => {
    const source =
      "{% if vars.a %}{{ vars.b.c }}{% endif %}{{ vars['d e'] }}{{ pusher.id }}{% render 'footer', x: vars.f %}"
    expect(templates.uses(source)).toEqual({ vars: ['a', 'b', 'd e', 'f'], partials: ['footer'] })
    expect(templates.uses('{{ broken')).toEqual({ vars: [], partials: [] })
  })
})

describe('a partial', () => {
  it('sees the pusher, the vars, the app and what it is given, and nothing else', () => {
    const partials = { footer: '[{{ pusher.id }} {{ vars.a }} {{ app.name }} {{ year }} {{ outer }}]' }
    const source = "{% assign outer = 1 %}{% render 'footer', year: 2026 %}{{ year }}{% render 'footer' %}"
    expect(render(source, { vars: { a: 'A' }, partials })).toBe('[lupino A shop 2026 ][lupino A shop  ]')
  })

  it('may name what it will be given', () => {
    expect(check('{{ year }}', { known: { ...known, isPartial: true } })).toBeNull()
    expect(check('{{ pusher.nam }}', { known: { ...known, isPartial: true } })).toContain('there is no field "nam"')
  })

  it('may render others, but not without end', () => {
    expect(render("{% render 'a' %}", { partials: { a: "a{% render 'b' %}", b: 'b' } })).toBe('ab')
    const circle = { partials: { a: "{% render 'b' %}", b: "{% render 'a' %}" } }
    expect(failure("{% render 'a' %}", circle).message).toContain('partials render each other too deeply')
  })

  it('ends a rendering where it is missing, or fails', () => {
    expect(failure("a {% render 'none' %}", {}).message).toBe('line 1, column 3: there is no partial "none"')
    const partials = { date: '{{ "now" | date: "%999999999d" }}' }
    expect(failure("{% render 'date' %}", { partials }).message).toBe('the template produces too much text')
  })

  it.each([
    ['a loop to 10⁹', '{% for i in (1..1000000000) %}x{% endfor %}'],
    ['100 MB', '{% for i in (1..1000) %}{{ vars.long }}{% endfor %}'],
  ])('is cut at %s', (_, source) => {
    const given = { vars: { long: 'x'.repeat(100_000) }, partials: { a: source } }
    for (const template of [source, "{% render 'a' %}", "{% for i in (1..2) %}{% render 'a' %}{% endfor %}"])
      expect(failure(template, given).message).toContain('the template produces too much text')
  })
})
