import type { App } from '@carillon/contract'
import { html } from 'hono/html'
import type { ConsoleContext } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { facts } from '../view/facts.ts'
import type { Problems } from '../view/fields.ts'
import { hiddenToken, switchField, textField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { type Field, fields, groups } from './app-fields.ts'
import { formOf } from './app-form.ts'
import { APPS } from './apps.ts'

/** The form with its values, and with what is wrong at each field. */
export function settingsForm(c: ConsoleContext, app: App, form: URLSearchParams, problems: Problems): Html {
  return html`<form method="post" action="${linkTo(c, below(APPS, String(app.id)))}">
    ${hiddenToken(c)}
    ${groups.map(([title, each]) => {
      const id = idOf(title)
      const isShort = each.every(({ kind }) => kind === 'limit')
      return html`<div class="group" role="group" aria-labelledby="${id}">
        <h2 id="${id}">${title}</h2>
        <div class="fields settings${isShort ? ' in-columns' : ''}">
          ${each.map((field) => fieldOf(field, form.get(field.name) ?? '', problems[field.name]))}
        </div>
      </div>`
    })}
    <div class="group">
      <div class="buttons group-end">
        <button class="main">Save the settings</button>
        <span class="quiet small">They apply within a second.</span>
      </div>
    </div>
  </form>`
}

/** What is wrong, above the page, with links to the fields. */
export function problemList(problems: Problems): Html {
  return html`<div class="notice" role="alert">
    <p>Nothing is saved, because something is wrong:</p>
    <ul>
      ${fields.flatMap(({ name }) => {
        const problem = problems[name]
        return problem === undefined ? [] : html`<li><a href="#${name}">${problem}</a></li>`
      })}
    </ul>
  </div>`
}

function fieldOf({ name, kind, label, hint }: Field, value: string, problem: string | undefined): Html {
  if (kind === 'flag' || kind === 'switch') return switchField({ name, label, isOn: value !== '', hint })
  return textField({ name, label, value, problem, isLong: kind === 'lines' || kind === 'hooks', ...(hint && { hint }) })
}

/** The settings for those who may not change them: of URLs only the host, because the rest may contain a password. */
export function settingFacts(app: App): Html {
  const form = formOf(app)
  const valueOf = (field: Field) => [field.label, factOf(field, form.get(field.name) ?? '')] as const
  return html`${groups.map(
    ([title, each]) =>
      html`<section class="group" aria-labelledby="${idOf(title)}">
        <h2 id="${idOf(title)}">${title}</h2>
        ${facts(each.map(valueOf))}
      </section>`,
  )}`
}

function factOf({ kind, hint = '' }: Field, value: string): string {
  if (kind === 'flag' || kind === 'switch') return value === '' ? 'no' : 'yes'
  if (kind === 'url' || kind === 'hooks') return value.split('\n').map(hostIn).filter(Boolean).join(', ') || 'none'
  if (kind === 'hours') return value || 'none'
  return kind === 'lines' ? value.replaceAll('\n', ', ') || 'all' : value || hint
}

function hostIn(line: string): string {
  return URL.parse(line.split(' ', 1)[0]!)?.host ?? ''
}

function idOf(title: string): string {
  return `about-${title.toLowerCase().replaceAll(' ', '-')}`
}
