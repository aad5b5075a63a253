import { connect, createWorker, type Sender } from 'carillon'

const { DATABASE_URL, REDIS_URL, DATA_DIR = '.data' } = process.env

/** Rings by a line on standard output. */
const bell: Sender = {
  name: 'bell',
  async send({ pusher, raw }) {
    console.log(`${pusher.nickname}: ${raw}`)
  },
}

const carillon = await connect({ databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, dataDir: DATA_DIR })
const worker = await createWorker(carillon, { senders: [bell] })

// The API's calls without HTTP, as the first app.
const api = carillon.api(1)
await api.addPusher('lupino', { nickname: 'Lupino' })
await api.addSender('bell', 'lupino')
await api.push('bell', 'lupino', 'Your parcel is here.')

process.once('SIGTERM', () => void worker.stop().then(carillon.close))
