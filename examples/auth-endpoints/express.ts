import { authEndpoints, channelsFrom, onNode } from '@carillon/client/channels'
import express, { type Request } from 'express'

/** Stands for the sessions of your application, and for the middleware that finds them. */
const sessions = new Map([['session=s1', { id: 'lupino', user_info: { name: 'Lupino' } }]])

const auth = authEndpoints(channelsFrom(process.env.CARILLON_CHANNELS_URL), {
  whoIs: (request: Request) => sessions.get(request.get('Cookie') ?? '') ?? null,
  mayJoin: ({ id }, channel) => channel === `private-inbox-${id}` || channel === 'presence-lobby',
})

const app = express()
app.use(express.urlencoded()) // may stand before the endpoints, or be missing
app.post('/pusher/auth', onNode(auth.channel))
app.post('/pusher/user-auth', onNode(auth.user))
const port = Number(process.env.PORT ?? 3000)
const server = app.listen(port, '127.0.0.1', () => console.log(`The auth endpoints listen on http://127.0.0.1:${port}`))

process.once('SIGTERM', () => server.close())
