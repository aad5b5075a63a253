import { readFileSync } from 'node:fs'
import { type App, CarillonError } from '@carillon/contract'
import { channelText, sign, userText } from '@carillon/protocol-channels'
import { baseStyles, copyScript } from '@carillon/ui'
import { Hono, type MiddlewareHandler } from 'hono'

/** What the page needs of a server that requires no signatures. */
export interface OpenDemo {
  /** Whose live connections the page opens. */
  app: App
  /** Lets in who may sign for anybody: pages of this machine alone. */
  guard: MiddlewareHandler
}

/** The page's own scripts and styles, and the socket's way back; nothing comes from elsewhere. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; img-src data:"

const FILES: readonly [path: string, type: string, read: () => string][] = [
  ['', 'text/html', reader(new URL('./page/demo.html', import.meta.url))],
  [
    '/demo.css',
    'text/css',
    () => `${baseStyles()}\n${readFileSync(new URL('./page/demo.css', import.meta.url), 'utf8')}`,
  ],
  ['/demo.js', 'text/javascript', reader(new URL('./page/demo.js', import.meta.url))],
  ['/calls.js', 'text/javascript', reader(new URL('./page/calls.js', import.meta.url))],
  ['/live.js', 'text/javascript', reader(new URL('./page/live.js', import.meta.url))],
  ['/ring.js', 'text/javascript', reader(new URL('./page/ring.js', import.meta.url))],
  ['/sign.js', 'text/javascript', reader(new URL('./page/sign.js', import.meta.url))],
  ['/view.js', 'text/javascript', reader(new URL('./page/view.js', import.meta.url))],
  ['/copy.js', 'text/javascript', copyScript],
  ['/push.js', 'text/javascript', reader(new URL(import.meta.resolve('@carillon/client/push')))],
  ['/carillon-sw.js', 'text/javascript', reader(new URL(import.meta.resolve('@carillon/client/carillon-sw.js')))],
  ['/pusher.js', 'text/javascript', reader(new URL(import.meta.resolve('pusher-js/dist/web/pusher.min.js')))],
]

/**
 * The demo page at `/demo`, for a server that also has the API and live connections. In open mode the server
 * signs in everyone who passes the guard, as any user. Without `open` the page asks its reader for the key and the
 * secret of an app and signs in the browser, so that the server reveals nothing.
 */
export function createDemo(open?: OpenDemo): Hono {
  const demo = new Hono()
  if (open) demo.use('/demo/*', open.guard) // and `/demo` itself
  for (const [path, type, read] of FILES) {
    const text = read()
    const headers = { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': POLICY }
    demo.on('GET', [`/demo${path}`, `/demo${path}/`], (c) =>
      c.body(text, 200, { ...headers, 'Cache-Control': 'no-store' }),
    )
  }
  demo.get('/demo/app', (c) => c.json({ key: open?.app.key ?? null }))
  if (open) {
    demo.post('/demo/user', async (c) => c.json(allowUser(open.app, await c.req.parseBody())))
    demo.post('/demo/member', async (c) => c.json(allowMember(open.app, await c.req.parseBody())))
  }
  return demo
}

function reader(file: URL): () => string {
  return () => readFileSync(file, 'utf8')
}

/* What an application answers pusher-js, when it asks on behalf of a connection. This one never refuses anybody. */

type Form = Readonly<Record<string, unknown>>

/** The channel on which the page shows who is present. */
const CHANNEL = 'presence-demo'

/** Signs a connection in as the user that it names. @throws CarillonError `invalid_field` */
function allowUser(app: App, form: Form): { auth: string; user_data: string } {
  const userData = JSON.stringify({ id: textOf(form, 'user') })
  return { auth: signed(app, userText(textOf(form, 'socket_id'), userData)), user_data: userData }
}

/** Lets a connection onto the page's channel. @throws CarillonError `invalid_field`, `forbidden` for another channel */
function allowMember(app: App, form: Form): { auth: string; channel_data: string } {
  const channel = textOf(form, 'channel_name')
  if (channel !== CHANNEL) throw new CarillonError('forbidden', `The demo page is on ${CHANNEL} only.`)
  const channelData = JSON.stringify({ user_id: textOf(form, 'user') })
  return { auth: signed(app, channelText(textOf(form, 'socket_id'), channel, channelData)), channel_data: channelData }
}

function signed({ key, secrets }: App, text: string): string {
  return `${key}:${sign(secrets[0]?.secret ?? '', text)}`
}

function textOf(form: Form, field: string): string {
  const value = form[field]
  if (typeof value === 'string' && value !== '') return value
  throw new CarillonError('invalid_field', `${field} is required`)
}
