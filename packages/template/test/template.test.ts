import { createTemplates } from '@carillon/template'
import { examplePusher } from '@carillon/testkit'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

// What is tested here is not the time, which a busy machine may take.
const templates = createTemplates({ time: 30_000 })
const lupino = examplePusher({ tags: ['vip', 'beta'], attributes: { plan: 'gold', seats: [1, 2] } })

function text(source: string, pusher = lupino): string {
  return templates.compile(source)({ pusher })
}

function html(source: string, pusher = lupino): string {
  return templates.compile(source, { markup: 'html' })({ pusher })
}

describe('Liquid', () => {
  it('knows every field of a pusher', () => {
    expect(
      text('{{ pusher.id }} {{ pusher.nickname }} {{ pusher.email }} {{ pusher.phoneNumber }} {{ pusher.createdAt }}'),
    ).toBe('lupino Lupino lupino@example.com +15005550006 1456403493')
    expect(
      text(
        '{{ pusher.timezone }} {{ pusher.locale }} {{ pusher.attributes.plan }} {{ pusher.attributes.seats | join: "-" }}',
      ),
    ).toBe('Asia/Shanghai zh-CN gold 1-2')
    expect(text('{% for tag in pusher.tags %}[{{ tag }}]{% endfor %}{{ pusher.senders | size }}')).toBe('[vip][beta]2')
  })

  it('renders what is unknown as nothing', () => {
    expect(text('<{{ pusher.attributes.nothing.below }}{{ nobody }}>')).toBe('<>')
  })

  it('writes dates in UTC, or in the given time zone', () => {
    expect(
      text(
        '{{ pusher.createdAt | date: "%Y-%m-%d %H:%M" }} {{ pusher.createdAt | date: "%Y-%m-%d %H:%M", pusher.timezone }}',
      ),
    ).toBe('2016-02-25 12:31 2016-02-25 20:31')
  })
})

describe("Go's names", () => {
  it.each([
    [
      '{{.NickName}} {{.ID}} {{.Email}} {{.PhoneNumber}} {{.CreatedAt}}',
      'Lupino lupino lupino@example.com +15005550006 1456403493',
    ],
    ['{{.Tags}} {{ .Senders }}', '[vip beta] [sendmail sendsms]'],
    ['{{ .Tags | join: ", " }}, {{ .NickName | upcase }}', 'vip, beta, LUPINO'],
    ['a  {{- .ID -}}  b', 'alupinob'],
    [
      '{% if pusher.tags contains "vip" %}{{.NickName}}{% endif %} {% if .NickName == "Lupino" %}{{ pusher.id }}{{end}}',
      'Lupino lupino',
    ],
    ['{% raw %}{{.Whatever}} {{if .X}}{% endraw %}{{.ID}}', '{{.Whatever}} {{if .X}}lupino'],
    ['{{ "a .ID in quotes" }}', 'a .ID in quotes'],
  ])('%s', (source, expected) => {
    expect(text(source)).toBe(expected)
  })

  it.each([
    ['NickName', 'nickname', ''],
    ['ID', 'id', ''],
    ['Email', 'email', ''],
    ['PhoneNumber', 'phoneNumber', ''],
    ['CreatedAt', 'createdAt', 0],
    ['Tags', 'tags', []],
    ['Senders', 'senders', []],
  ])('{{if .%s}} is false for an empty one, as in Go', (name, field, empty) => {
    const source = `{{if .${name}}}yes{{else}}no{{end}} {{if not .${name}}}no{{end}}`
    expect([text(source), text(source, { ...lupino, [field]: empty })]).toEqual(['yes ', 'no no'])
  })

  it('knows else if, and trims', () => {
    const source = 'to \n{{- if .NickName }} {{.NickName}} {{- else if .Email }} {{.Email}} {{- else }} you {{- end }}!'
    expect(text(source)).toBe('to Lupino!')
    expect(text(source, { ...lupino, nickname: '' })).toBe('to lupino@example.com!')
    expect(text(source, { ...lupino, nickname: '', email: '' })).toBe('to you!')
  })
})

describe('HTML', () => {
  const hostile = examplePusher({ nickname: `<script>alert("&'")</script>`, tags: ['<b>'] })
  const escaped = '&lt;script&gt;alert(&#34;&amp;&#39;&#34;)&lt;/script&gt;'

  it('escapes every value, however it is written', () => {
    expect(html('<p>{{.NickName}}</p>', hostile)).toBe(`<p>${escaped}</p>`)
    expect(html('{% echo pusher.nickname %}{% cycle pusher.nickname %}{% liquid echo .NickName %}', hostile)).toBe(
      escaped.repeat(3),
    )
    expect(html('{{ .NickName | downcase }}{{.Tags}}{{ pusher.tags }}', hostile)).toBe(`${escaped}[&lt;b&gt;]&lt;b&gt;`)
  })

  it('leaves what the template itself says, and what it calls raw', () => {
    expect(html('<b>{{ .NickName | raw }}</b>', hostile)).toBe(`<b>${hostile.nickname}</b>`)
  })

  it.each([
    ['mrkdwn', '<!channel> & <b>', '&lt;!channel&gt; &amp; &lt;b&gt;'],
    ['markdownV2', '*a_b* [1.5](x) \\ !', String.raw`\*a\_b\* \[1\.5\]\(x\) \\ \!`],
  ] as const)('has an escape of its own for %s', (markup, nickname, expected) => {
    const value = examplePusher({ nickname })
    expect(templates.compile('*{{.NickName}}*', { markup })({ pusher: value })).toBe(`*${expected}*`)
    expect(templates.compile('{{ pusher.attributes.none }}{{ .NickName | raw }}', { markup })({ pusher: value })).toBe(
      nickname,
    )
  })

  it('is not what texts are', () => {
    expect(text('{{.NickName}}', hostile)).toBe(hostile.nickname)
  })
})

describe('a text that is no template', () => {
  it.each(['{ "a": {"b":1}}', 'a } b }} c %} d', 'body{color:red}@media print{a{b:c}}', '.NickName', '{ {.ID} }'])(
    'stays %s',
    (source) => {
      expect([text(source), html(source), templates.check(source)]).toEqual([source, source, null])
    },
  )

  it('stays as it is, whatever it is without braces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (any) => {
        const source = any.replaceAll('{', '(')
        expect([text(source), html(source)]).toEqual([source, source])
      }),
    )
  })

  it('stays as it is around a name too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        const [left, right] = [before.replaceAll('{', '('), after.replaceAll('{', '(')]
        expect(text(`${left}{{.ID}}${right}`)).toBe(`${left}lupino${right}`)
      }),
    )
  })
})

describe('a broken template', () => {
  it.each([
    ['{{ .NickName ', 'line 1, column 1: a {{ is not closed'],
    ['a\nbc {% if x', 'line 2, column 4: a {% is not closed'],
    ['{{if .ID}}', 'line 1, column 1: this if has no end tag'],
    ['{{.ID}}\n{{.ID}}{{.ID}} {% for a in b %}', 'line 2, column 16: this for has no end tag'],
    ['{{.ID}}{{end}}', 'line 1, column 8: this endif has no opening tag'],
    ['{{ pusher.id | shout }}', 'line 1, column 1: there is no filter "shout"'],
    ['{% shout %}', 'line 1, column 1: there is no tag "shout"'],
    ['{{.Nickname}}', 'line 1, column 1: there is no such name; did you mean .NickName?'],
    [
      '{{.Xyzzy}}',
      'there is no such name; there are .ID, .Email, .NickName, .PhoneNumber, .CreatedAt, .Tags, .Senders',
    ],
    ['{{if .X}}{{end}}', 'line 1, column 1: there is no such name'],
    ['{{if eq .ID "x"}}{{end}}', 'line 1, column 1: only {{if .Name}} and {{if not .Name}} are supported in this form'],
    ['{{ printf "%s" .NickName }}', 'line 1, column 11: an operator or a | is missing here'],
    ['a {{range .Tags}}x{{end}}', "line 1, column 3: Go's range is not supported; use the tags of Liquid"],
    ['{{ pusher.id | upcse }}', 'there is no filter "upcse"; did you mean upcase?'],
    ['{{ }}', 'line 1, column 4: a value is missing'],
    ['{% if %}a{% endif %}', 'line 1, column 6: a value is missing, such as vars.name'],
    ['{% for %}{% endfor %}', 'this for is incomplete'],
    ['{% assign %}', 'the name of a variable is missing'],
    ['{% assign a %}', 'an = is missing'],
    ['{{ pusher.tags[ }}', 'a [ is not closed'],
  ])('%s is told', (source, complaint) => {
    for (const options of [{}, { markup: 'html' as const }]) {
      expect(templates.check(source, options)).toContain(complaint)
      expect(() => templates.compile(source, options)).toThrow(complaint)
    }
  })

  it.each([
    ['{{ nickname }}', 'line 1, column 4: there is no name "nickname"; did you mean pusher.nickname?'],
    ['{{ NickName }}', 'did you mean pusher.nickname?'],
    ['{{ name }}', 'did you mean pusher.nickname?'],
    ['{{ user.email }}', 'there is no name "user"; there are pusher.id, pusher.email'],
    ['{{ Pusher.email }}', 'there is no name "Pusher"; did you mean pusher?'],
    [
      '{{.ID}}\n a {{ pusher.nickName }}',
      'line 2, column 7: there is no field "nickName" of a pusher; did you mean pusher.nickname?',
    ],
    ['{{ pusher["phone"] }}', 'did you mean pusher.phoneNumber?'],
    ['{{ pusher.vip }}', 'there is no field "vip" of a pusher; there are pusher.id'],
    ['{{ nickname | default: "you" }}', 'did you mean pusher.nickname?'],
    ['{{ pusher.email | append: domain }}', 'there is no name "domain"'],
    ['{% if vip %}a{% endif %}', 'there is no name "vip"'],
    ['{% if .NickName == nickname %}a{% endif %}', 'there is no name "nickname"'],
    ['{% unless pusher.tags contains tag %}a{% endunless %}', 'there is no name "tag"; did you mean pusher.tags?'],
    ['{% for tag in tags %}{{ tag }}{% endfor %}', 'there is no name "tags"; did you mean pusher.tags?'],
    ['{% for tag in pusher.tags %}{% endfor %}{{ tag }}', 'there is no name "tag"'],
    ['{% case kind %}{% when 1 %}a{% endcase %}', 'there is no name "kind"'],
    ['{% assign a = b %}{{ a }}', 'there is no name "b"'],
    ['{% capture a %}{{ b }}{% endcapture %}', 'there is no name "b"'],
    ['{% cycle a, "b" %}', 'there is no name "a"'],
    ['{% liquid echo nickname %}', 'did you mean pusher.nickname?'],
    ['{{ forloop.index }}', 'there is no name "forloop"'],
  ])(
    '%j has a name that nothing could fill: refused when pushed, and rendered where it was pushed before',
    (source, complaint) => {
      for (const options of [{}, { markup: 'html' as const }]) {
        expect(templates.check(source, options)).toContain(complaint)
        expect(templates.check(source, options)).toContain(complaint) // the second time it is known
        expect(templates.check(source, { ...options, anyName: true })).toBeNull()
      }
    },
  )

  it.each([
    '{{ pusher.nickname | default: "you" }}',
    '{{ pusher.attributes.anything.at.all }}{{ pusher["attributes"]["x y"] }}',
    '{{ pusher.tags.first }}{{ pusher.tags[0] }}{{ pusher.tags.size }}',
    '{% for tag in pusher.tags %}{{ tag }}{{ forloop.index }}{% if tag != last %}{% endif %}{% assign last = tag %}{% endfor %}',
    '{% assign name = pusher.nickname %}{{ name }}{{ name.size }}',
    '{% capture name %}a{% endcapture %}{{ name }}',
    '{% increment n %}{{ n }}{% decrement m %}{{ m }}',
    '{% tablerow tag in pusher.tags %}{{ tag }}{{ tablerowloop.index }}{% endtablerow %}',
    '{% assign field = "email" %}{{ pusher[field] }}',
    '{% if pusher.email == blank or pusher.tags == empty or pusher.locale == nil %}{{ true }}{% endif %}',
    '{% raw %}{{ nickname }}{% endraw %}{% comment %}{{ nickname }}{% endcomment %}',
    '{{ "now" | date: "%Y" }}',
  ])('%j has no other name than it may', (source) => {
    expect(templates.check(source)).toBeNull()
    expect(templates.check(source, { markup: 'html' })).toBeNull()
  })

  it('is reported without any of its content', () => {
    const sources = [
      '{{ secret ',
      '{% secret',
      '{% if secret %}',
      '{{ secret secret }}',
      '{{ "secret" | }} {{ | secret',
      '{% for secret %}',
    ]
    for (const source of sources) expect(templates.check(source)).toEqual(expect.not.stringContaining('secret'))
  })

  it('is reported again after it was reported once', () => {
    expect(templates.check('{{')).toBe(templates.check('{{'))
  })
})
