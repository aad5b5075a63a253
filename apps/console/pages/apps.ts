import { type App, newAppBody, storedAppFields } from '@carillon/contract'
import { creationOf } from '@carillon/core'
import { html } from 'hono/html'
import { audited } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { problemOf } from '../view/fields.ts'
import { formToOpen, textField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import { page } from '../view/page.ts'
import { stateOfApp } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
import { exactly } from '../view/time.ts'

export const APPS = '/console/apps'

/** All apps, without their secrets. */
export async function appsPage(c: ConsoleContext): Promise<Response> {
  return c.html(show(c))
}

/** What a form has sent that is no name, and why. */
interface Refused {
  name: string
  problem: string
}

function show(c: ConsoleContext, refused?: Refused): Html {
  const body = html`<h1>Apps</h1>
    <p class="lead">Each app has its own keys, pushers, channels and limits.</p>
    ${table(
      'Apps',
      columnsFor(c),
      c.get('apps').toSorted((a, b) => a.id - b.id),
    )}
    <div class="buttons">${newAppForm(c, refused)}</div>`
  return page(c, { title: 'Apps', section: 'Apps', body })
}

function columnsFor(c: ConsoleContext): Column<App>[] {
  return [
    {
      name: 'App',
      kind: 'main',
      cell: ({ id, name }) => html`<a href="${linkTo(c, below(APPS, String(id)))}">${name}</a>`,
    },
    { name: 'State', kind: 'state', cell: stateOfApp },
    { name: 'Id', kind: 'number', cell: ({ id }) => String(id) },
    { name: 'Key', cell: ({ key }) => html`<span class="name">${key}</span>` },
    { name: 'Secrets', kind: 'number', cell: ({ secrets }) => secrets.length },
    { name: 'Public keys', kind: 'number', cell: ({ settings }) => settings.publicKeys?.length ?? 0 },
    { name: 'Created', cell: ({ createdAt }) => exactly(createdAt) },
  ]
}

function newAppForm(c: ConsoleContext, refused?: Refused): Html | '' {
  return formToOpen(c, {
    label: 'Create an app',
    isOpen: refused !== undefined,
    path: APPS,
    action: 'Create',
    fields: textField({ name: 'name', label: 'Name', value: refused?.name, problem: refused?.problem }),
  })
}

/** Creates an app, and shows its secret this once. */
export function createApp(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const name = c.get('form').get('name')?.trim() ?? ''
    const { data, error } = newAppBody.safeParse({ name })
    if (error) return c.html(show(c, { name, problem: problemOf(error.issues[0]!.message) }), 422)
    const wanted = storedAppFields(data)
    const app = await audited(c, deps, creationOf(wanted), () => deps.apps.create(wanted))
    return c.html(secretPage(c, app, `${app.name} is created`), 201)
  }
}

/** The only page that ever shows a secret: the answer to the form that made it. */
export function secretPage(c: ConsoleContext, app: App, title: string): Html {
  const body = html`<h1>${title}</h1>
    <p class="lead">This page shows the secret once. Copy it now: nobody can read it here again.</p>
    <div class="once">${toCopy('key', 'Key', app.key)} ${toCopy('secret', 'Secret', app.secrets.at(-1)!.secret)}</div>
    <p class="quiet small idle">A click on the text selects all of it.</p>
    <p class="older"><a href="${linkTo(c, below(APPS, String(app.id)))}">To the app</a></p>`
  return page(c, { title, section: 'Apps', body })
}

function toCopy(id: string, name: string, text: string): Html {
  return html`<div class="code">
    <header>${name} <button data-copy="${id}">Copy</button></header>
    <pre><code id="${id}">${text}</code></pre>
  </div>`
}
