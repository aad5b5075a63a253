import { createServer } from 'node:http'
import { connect, createApi, requestListener } from 'carillon'

const { APP_KEY, APP_SECRET, DATABASE_URL, DATA_DIR = '.data', PORT = 3000 } = process.env

const carillon = await connect({ databaseUrl: DATABASE_URL, dataDir: DATA_DIR })
const api = requestListener(await createApi(carillon, { key: APP_KEY, secret: APP_SECRET }))

// Longer than usual clients and balancers keep theirs: a request on a connection that is just closed is lost.
const keepAlive = { keepAliveTimeout: 75_000, headersTimeout: 80_000 }
const server = createServer(keepAlive, (request, response) => {
  if (request.url === '/hello') response.end('A page of my own')
  else api(request, response)
})
server.listen(Number(PORT), '127.0.0.1')

process.once('SIGTERM', () => server.close(() => void carillon.close()))
