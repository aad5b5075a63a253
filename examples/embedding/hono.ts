import { createServer } from 'node:http'
import { connect, createApi, requestListener, signatureMiddleware } from 'carillon'
import { Hono } from 'hono'

const { APP_KEY, APP_SECRET, DATABASE_URL, DATA_DIR = '.data', PORT = 3000 } = process.env

const carillon = await connect({ databaseUrl: DATABASE_URL, dataDir: DATA_DIR })
const api = await createApi(carillon, { key: APP_KEY, secret: APP_SECRET })

const app = new Hono()
app.get('/hello', (c) => c.text('A page of my own'))
// A route of my own that asks for the same signatures as the API.
app.get('/whoami', await signatureMiddleware(carillon), (c) => c.json({ key: c.get('app').key }))
app.route('/', api)
// Longer than usual clients and balancers keep theirs: a request on a connection that is just closed is lost.
const keepAlive = { keepAliveTimeout: 75_000, headersTimeout: 80_000 }
const server = createServer(keepAlive, requestListener(app)).listen(Number(PORT), '127.0.0.1')

process.once('SIGTERM', () => server.close(() => void carillon.close()))
