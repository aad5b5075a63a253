import {
  type App,
  appChangeBody,
  CarillonError,
  fingerprintOf,
  readPublicKey,
  storedAppFields,
} from '@carillon/contract'
import { changeOf } from '@carillon/core'
import type { AppChange } from '@carillon/store'
import { html } from 'hono/html'
import { audited, backTo, type Change, changing } from '../access/changes.ts'
import type { ConsoleContext, ConsoleDeps } from '../deps.ts'
import type { Html } from '../view/document.ts'
import { facts } from '../view/facts.ts'
import { problemOf, type Problems } from '../view/fields.ts'
import { actionButton, carefulButton, formToOpen, textField } from '../view/forms.ts'
import { below, linkTo } from '../view/link.ts'
import type { Notice } from '../view/notices.ts'
import { page } from '../view/page.ts'
import { stateOfApp } from '../view/state.ts'
import { type Column, table } from '../view/table.ts'
import { exactly } from '../view/time.ts'
import { formOf, readAppForm } from './app-form.ts'
import { problemList, settingFacts, settingsForm } from './app-settings.ts'
import { APPS, secretPage } from './apps.ts'

/** What a form has sent, and what is wrong with it. */
interface Sent {
  form?: URLSearchParams
  problems?: Problems
  /** A public key that was refused. */
  key?: { pem: string; problem: string }
}

/** One app: its secrets, its public keys and its settings. */
export async function appPage(c: ConsoleContext): Promise<Response> {
  return c.html(show(c, appIn(c)))
}

function show(c: ConsoleContext, app: App, sent: Sent = {}): Html {
  const isAdmin = c.get('visitor').role === 'admin'
  const body = html`<p class="above"><a href="${linkTo(c, APPS)}">Apps</a></p>
    <h1>${app.name}</h1>
    ${sent.problems && problemList(sent.problems)}
    <p class="verdict">${stateOfApp(app)}</p>
    <section class="group" aria-labelledby="about">
      <h2 id="about">The app</h2>
      ${facts([
        ['Id', app.id],
        ['Key', html`<span class="name">${app.key}</span>`],
        ['Created', exactly(app.createdAt)],
      ])}
    </section>
    ${secretsOf(c, app)} ${keysOf(c, app, sent.key)}
    ${isAdmin ? settingsForm(c, app, sent.form ?? formOf(app), sent.problems ?? {}) : settingFacts(app)}`
  return page(c, { title: app.name, section: 'Apps', body })
}

function secretsOf(c: ConsoleContext, app: App): Html {
  const columns: Column<App['secrets'][number]>[] = [
    { name: 'Secret', kind: 'main', cell: ({ id }) => `Secret ${id}` },
    { name: 'Added', cell: ({ createdAt }) => exactly(createdAt) },
    { name: 'Actions', kind: 'actions', cell: ({ id }) => (app.secrets.length > 1 ? retireButton(c, app, id) : '') },
  ]
  return html`<section class="group" aria-labelledby="secrets">
    <h2 id="secrets">Secrets</h2>
    <div>
      ${table('Secrets of the app', columns, app.secrets)}
      <p class="quiet small idle">
        Each signs calls and tokens. To change a secret, add one, let all programs use it, and retire the old one.
      </p>
      <div class="buttons">${actionButton(c, { path: pathOf(app, 'secrets'), label: 'Add a secret' })}</div>
    </div>
  </section>`
}

function retireButton(c: ConsoleContext, app: App, id: number) {
  return carefulButton(c, {
    path: pathOf(app, 'secrets', String(id), 'retire'),
    label: 'Retire',
    about: `secret ${id}`,
    question: 'Whatever is signed with it is refused from then on. This cannot be undone.',
  })
}

function keysOf(c: ConsoleContext, app: App, refused: Sent['key']): Html {
  const pems = keysIn(app)
  const columns: Column<string>[] = [
    { name: 'Fingerprint', kind: 'main', cell: (pem) => html`<span class="name">${fingerprintOf(pem)}</span>` },
    { name: 'Algorithm', cell: (pem) => readPublicKey(pem)?.algorithm },
    { name: 'Actions', kind: 'actions', cell: (pem) => retireKeyButton(c, app, fingerprintOf(pem)) },
  ]
  return html`<section class="group" aria-labelledby="keys">
    <h2 id="keys">Public keys</h2>
    <div>
      ${pems.length > 0 ? table('Public keys of the app', columns, pems) : ''}
      <p class="quiet small idle">Their private keys may sign tokens of Snapper.</p>
      <div class="buttons">${keyForm(c, app, refused)}</div>
    </div>
  </section>`
}

function retireKeyButton(c: ConsoleContext, app: App, fingerprint: string) {
  return carefulButton(c, {
    path: pathOf(app, 'keys', fingerprint, 'retire'),
    label: 'Retire',
    about: `the key ${fingerprint}`,
    question: 'Tokens that its private key has signed are refused from then on.',
  })
}

function keyForm(c: ConsoleContext, app: App, refused: Sent['key']): Html | '' {
  const hint = 'An RSA key of 2048 bits or more, or a P-256 key, as PEM.'
  return formToOpen(c, {
    label: 'Add a public key',
    isOpen: refused !== undefined,
    path: pathOf(app, 'keys'),
    action: 'Add the key',
    fields: textField({
      name: 'key',
      label: 'Public key',
      value: refused?.pem,
      problem: refused?.problem,
      hint,
      isLong: true,
    }),
  })
}

/** Adds a secret, and shows it this once. */
export function addSecret(deps: ConsoleDeps) {
  return async (c: ConsoleContext): Promise<Response> => {
    const [{ id }, change] = [appIn(c), { addSecret: '' }]
    const app = await audited(c, deps, changeOf(id, change), () => deps.apps.change(id, change))
    return c.html(secretPage(c, app, 'The secret is added'), 201)
  }
}

/** Changes the settings, or shows the form again with what is wrong. */
export function changeSettings(deps: ConsoleDeps) {
  return changing(deps, (c) => {
    const [app, form] = [appIn(c), c.get('form')]
    const read = readAppForm(app, form)
    if (read === null) return backTo(c, pathOf(app), { notice: 'app-unchanged' })
    if ('problems' in read) return c.html(show(c, app, { form, problems: read.problems }), 422)
    return changeTo(deps, app, read.change, 'app-changed')
  })
}

export function retireSecret(deps: ConsoleDeps) {
  return changing(deps, (c) => {
    const app = appIn(c)
    const secret = app.secrets.find(({ id }) => String(id) === c.req.param('secret'))
    if (!secret) throw new CarillonError('app_not_found', 'The app has no such secret.')
    return changeTo(deps, app, { retireSecret: secret.id }, 'secret-retired')
  })
}

/** Adds a public key, or shows the form again with what is wrong. */
export function addKey(deps: ConsoleDeps) {
  return changing(deps, (c) => {
    const app = appIn(c)
    const pem = (c.get('form').get('key') ?? '').replaceAll('\r\n', '\n').trim()
    const refuse = (problem: string) => c.html(show(c, app, { key: { pem, problem } }), 422)
    const { data, error } = appChangeBody.safeParse({ publicKeys: [...keysIn(app), pem] })
    if (error) return refuse(problemOf(error.issues[0]!.message))
    if (keysIn(app).some((one) => fingerprintOf(one) === fingerprintOf(pem)))
      return refuse('The app has this key already.')
    return changeTo(deps, app, storedAppFields(data), 'key-added')
  })
}

export function retireKey(deps: ConsoleDeps) {
  return changing(deps, (c) => {
    const app = appIn(c)
    const publicKeys = keysIn(app).filter((pem) => fingerprintOf(pem) !== c.req.param('key'))
    if (publicKeys.length === keysIn(app).length) throw new CarillonError('app_not_found', 'The app has no such key.')
    return changeTo(deps, app, { settings: { publicKeys } }, 'key-retired')
  })
}

/** What a form asks for, as the API would change and write it down. */
function changeTo({ apps }: ConsoleDeps, app: App, change: AppChange, notice: Notice['notice']): Change {
  const { action, target } = changeOf(app.id, change)
  return {
    app: app.id,
    action,
    target,
    page: pathOf(app),
    async run() {
      await apps.change(app.id, change)
      return { notice }
    },
  }
}

function keysIn({ settings }: App): string[] {
  return settings.publicKeys ?? []
}

function pathOf({ id }: App, ...names: string[]): string {
  return below(APPS, String(id), ...names)
}

/** The app in the path, which need not be the one that the other pages are about. @throws CarillonError `app_not_found` */
function appIn(c: ConsoleContext): App {
  const id = c.req.param('id') ?? ''
  const app = c.get('apps').find((one) => String(one.id) === id)
  if (!app) throw new CarillonError('app_not_found', `There is no app ${id}.`)
  return app
}
