import { CarillonError } from '@carillon/contract'
import { Hono, type MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { chooseApp } from './access/app.ts'
import { requireAdminForm, requireVisitor } from './access/guard.ts'
import { addLogin, addLogout } from './access/login.ts'
import { addFiles } from './assets.ts'
import type { ConsoleDeps, ConsoleEnv } from './deps.ts'
import { eventStream } from './event-stream.ts'
import { livePage, type Render } from './live.ts'
import { addKey, addSecret, appPage, changeSettings, retireKey, retireSecret } from './pages/app.ts'
import { appsPage, createApp } from './pages/apps.ts'
import { auditPage } from './pages/audit.ts'
import { broadcastPage, cancelBroadcast, pauseBroadcast, resumeBroadcast } from './pages/broadcast.ts'
import { broadcastsPage } from './pages/broadcasts.ts'
import { categoriesPage, createCategory } from './pages/categories.ts'
import { categoryPage, changeCategory, removeCategory } from './pages/category.ts'
import { deadPage, replayDead } from './pages/dead.ts'
import { EVENTS, LIVE_CHANNELS, liveChannelsPage, SEND, sendEvent } from './pages/live-channels.ts'
import { overviewPage } from './pages/overview.ts'
import { problemPage } from './pages/problem.ts'
import { changeChoices } from './pages/pusher-preference-change.ts'
import { pusherPage } from './pages/pusher.ts'
import {
  addTag,
  deletePusher,
  editPusher,
  giveSender,
  liftSuppression,
  removeAddress,
  removeTag,
  sendTest,
  takeSender,
} from './pages/pusher-changes.ts'
import { createPusher, pushersPage } from './pages/pushers.ts'
import { cancelPush, pushPage, readMessage, replayPush } from './pages/push.ts'
import { pushesPage } from './pages/pushes.ts'
import { pauseSender, resumeSender, sendersPage } from './pages/senders.ts'
import {
  previewTemplate,
  removeTemplate,
  rollbackTemplate,
  saveTemplate,
  testTemplate,
} from './pages/template-changes.ts'
import { changesPage } from './pages/template-versions.ts'
import { templatePage } from './pages/template.ts'
import { newTemplate, TEMPLATES, templatesPage } from './pages/templates.ts'
import { LIVE } from './view/link.ts'

const HEADERS = {
  'Content-Security-Policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/**
 * The pages at `/console`: what an operator sees and does. They are rendered here, so that no secret leaves the server, and
 * read what the API reads.
 */
export function createConsole(deps: ConsoleDeps): Hono<ConsoleEnv> {
  const console = new Hono<ConsoleEnv>()
  console.onError((error, c) => {
    const { status, sentence } = deps.describeError(error, `${c.req.method} ${routePath(c)}`)
    return c.html(problemPage(sentence), status, HEADERS)
  })
  console.use('/console/*', withHeaders) // and `/console` itself
  if (deps.open && !deps.accounts.admin) console.use('/console/*', deps.open)
  addFiles(console)
  addLogin(console, deps)
  console.use('/console/*', requireVisitor(deps))
  addLogout(console, deps)
  console.use('/console/*', chooseApp(deps))
  addPages(console, deps)
  const render: Render = (request, bindings) => console.fetch(request, bindings)
  console.get(LIVE, livePage(deps, render))
  console.get(EVENTS, eventStream(deps, render))
  console.post('/console/*', requireAdminForm)
  addChanges(console, deps)
  console.all('/console/*', () => {
    throw new CarillonError('not_found', 'There is no such page.')
  })
  return console
}

function addPages(console: Hono<ConsoleEnv>, deps: ConsoleDeps): void {
  console.on('GET', ['/console', '/console/'], overviewPage(deps))
  console.get('/console/pushes', pushesPage(deps))
  console.get('/console/pushes/:id', pushPage(deps))
  console.get('/console/pushers', pushersPage(deps))
  console.get('/console/pushers/:id', pusherPage(deps))
  console.get('/console/dead', deadPage(deps))
  console.get('/console/broadcasts', broadcastsPage(deps))
  console.get('/console/broadcasts/:name', broadcastPage(deps))
  console.get(TEMPLATES, templatesPage(deps))
  console.get(`${TEMPLATES}/:name`, templatePage(deps))
  console.get(`${TEMPLATES}/:name/changes`, changesPage(deps))
  console.get(LIVE_CHANNELS, liveChannelsPage(deps))
  console.get('/console/senders', sendersPage(deps))
  console.get('/console/categories', categoriesPage(deps))
  console.get('/console/categories/:name', categoryPage(deps))
  console.get('/console/apps', appsPage)
  console.get('/console/apps/:id', appPage)
  console.get('/console/audit', auditPage(deps))
}

function addChanges(console: Hono<ConsoleEnv>, deps: ConsoleDeps): void {
  console.post('/console/pushes/:id/replay', replayPush(deps))
  console.post('/console/pushes/:id/cancel', cancelPush(deps))
  console.post('/console/pushes/:id/message', readMessage(deps))
  console.post('/console/pushers', createPusher(deps))
  console.post('/console/pushers/:id/edit', editPusher(deps))
  console.post('/console/pushers/:id/tags/add', addTag(deps))
  console.post('/console/pushers/:id/tags/remove', removeTag(deps))
  console.post('/console/pushers/:id/senders/give', giveSender(deps))
  console.post('/console/pushers/:id/senders/take', takeSender(deps))
  console.post('/console/pushers/:id/preferences', changeChoices(deps))
  console.post('/console/pushers/:id/addresses/remove', removeAddress(deps))
  console.post('/console/pushers/:id/suppressions/lift', liftSuppression(deps))
  console.post('/console/pushers/:id/test', sendTest(deps))
  console.post('/console/pushers/:id/delete', deletePusher(deps))
  console.post('/console/dead/replay', replayDead(deps))
  console.post('/console/broadcasts/:name/pause', pauseBroadcast(deps))
  console.post('/console/broadcasts/:name/resume', resumeBroadcast(deps))
  console.post('/console/broadcasts/:name/cancel', cancelBroadcast(deps))
  console.post(TEMPLATES, newTemplate(deps))
  console.post(`${TEMPLATES}/:name`, saveTemplate(deps))
  console.post(`${TEMPLATES}/:name/preview`, previewTemplate(deps))
  console.post(`${TEMPLATES}/:name/test`, testTemplate(deps))
  console.post(`${TEMPLATES}/:name/rollback`, rollbackTemplate(deps))
  console.post(`${TEMPLATES}/:name/remove`, removeTemplate(deps))
  console.post(SEND, sendEvent(deps))
  console.post('/console/senders/:name/pause', pauseSender(deps))
  console.post('/console/senders/:name/resume', resumeSender(deps))
  console.post('/console/categories', createCategory(deps))
  console.post('/console/categories/:name', changeCategory(deps))
  console.post('/console/categories/:name/remove', removeCategory(deps))
  console.post('/console/apps', createApp(deps))
  console.post('/console/apps/:id', changeSettings(deps))
  console.post('/console/apps/:id/secrets', addSecret(deps))
  console.post('/console/apps/:id/secrets/:secret/retire', retireSecret(deps))
  console.post('/console/apps/:id/keys', addKey(deps))
  console.post('/console/apps/:id/keys/:key/retire', retireKey(deps))
}

/** A file may say for itself how long it is kept. */
const withHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.res.headers.set(name, value)
}
