import { authEndpoints, channelsFrom } from '@carillon/client/channels'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'

/** Stands for the sessions of your application. */
const sessions = new Map([['s1', { id: 'lupino', user_info: { name: 'Lupino' } }]])

const auth = authEndpoints(channelsFrom(process.env.CARILLON_CHANNELS_URL), {
  whoIs: (c: Context) => sessions.get(getCookie(c, 'session') ?? '') ?? null,
  mayJoin: ({ id }, channel) => channel === `private-inbox-${id}` || channel === 'presence-lobby',
})

const app = new Hono()
app.post('/pusher/auth', (c) => auth.channel(c.req.raw, c))
app.post('/pusher/user-auth', (c) => auth.user(c.req.raw, c))
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`The auth endpoints listen on http://127.0.0.1:${port}`),
)

process.once('SIGTERM', () => server.close())
