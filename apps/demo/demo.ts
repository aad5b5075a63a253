import { readFileSync } from 'node:fs'
import type { App } from '@carillon/contract'
import { Hono, type MiddlewareHandler } from 'hono'
import { allowMember, allowUser } from './allow.ts'

export interface DemoOptions {
  /** Whose live connections the page opens. */
  app: App
  /** Lets in who may sign for anybody: pages of this machine alone. */
  guard: MiddlewareHandler
}

/** The page's own scripts and styles, and the socket's way back; nothing comes from elsewhere. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws:; img-src data:"

const FILES: readonly [path: string, type: string, file: URL][] = [
  ['', 'text/html', new URL('./page/demo.html', import.meta.url)],
  ['/demo.css', 'text/css', new URL('./page/demo.css', import.meta.url)],
  ['/demo.js', 'text/javascript', new URL('./page/demo.js', import.meta.url)],
  ['/calls.js', 'text/javascript', new URL('./page/calls.js', import.meta.url)],
  ['/live.js', 'text/javascript', new URL('./page/live.js', import.meta.url)],
  ['/view.js', 'text/javascript', new URL('./page/view.js', import.meta.url)],
  ['/pusher.js', 'text/javascript', new URL(import.meta.resolve('pusher-js/dist/web/pusher.min.js'))],
]

/**
 * The demo page at `/demo`, for a server that also has the API and live connections. Whoever gets past
 * the guard may sign in as anybody: it belongs where nothing is protected, in open mode.
 */
export function createDemo({ app, guard }: DemoOptions): Hono {
  const demo = new Hono()
  demo.use('/demo/*', guard) // and `/demo` itself
  for (const [path, type, file] of FILES) {
    const text = readFileSync(file, 'utf8')
    const headers = { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': POLICY }
    demo.on('GET', [`/demo${path}`, `/demo${path}/`], (c) =>
      c.body(text, 200, { ...headers, 'Cache-Control': 'no-store' }),
    )
  }
  demo.get('/demo/app', (c) => c.json({ key: app.key }))
  demo.post('/demo/user', async (c) => c.json(allowUser(app, await c.req.parseBody())))
  demo.post('/demo/member', async (c) => c.json(allowMember(app, await c.req.parseBody())))
  return demo
}
