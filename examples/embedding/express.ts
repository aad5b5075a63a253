import { connect, createApi, requestListener } from 'carillon'
import express from 'express'

const { APP_KEY, APP_SECRET, DATABASE_URL, DATA_DIR = '.data', PORT = 3000 } = process.env

const carillon = await connect({ databaseUrl: DATABASE_URL, dataDir: DATA_DIR })
const api = await createApi(carillon, { key: APP_KEY, secret: APP_SECRET })

const app = express()
app.get('/hello', (_request, response) => void response.send('A page of my own'))
app.use(requestListener(api)) // before express.json(): the API checks a signature over the body as it was sent
app.use((_request, response) => void response.status(404).send('No such page')) // what the API has no route for
const server = app.listen(Number(PORT), '127.0.0.1')
// Longer than usual clients and balancers keep theirs: a request on a connection that is just closed is lost.
Object.assign(server, { keepAliveTimeout: 75_000, headersTimeout: 80_000 })

process.once('SIGTERM', () => server.close(() => void carillon.close()))
