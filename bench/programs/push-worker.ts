import { type IncomingHttpHeaders, connect as openSession } from 'node:http2'
import { type Sender, standardSenders } from 'carillon'
import { answerAsWorker } from '../worker-program.ts'

/* A worker with sendpush; with A_SESSION_EACH=1 with a sender that opens an HTTP/2 session for each call. */

const sendpush = standardSenders.find(({ name }) => name === 'sendpush')!
await answerAsWorker(process.env.A_SESSION_EACH === '1' ? sessionEach(process.env.FCM_BASE_URL!) : sendpush)

function sessionEach(url: string): Sender {
  return {
    name: 'sendpush',
    addressKinds: ['fcm'],
    async send({ addresses, raw }) {
      for (const { token } of addresses) await postOnce(url, JSON.stringify({ message: { token, data: raw } }))
    },
  }
}

function postOnce(url: string, body: string): Promise<void> {
  const session = openSession(url)
  return new Promise<void>((resolve, reject) => {
    session.on('error', reject)
    const stream = session.request({ ':method': 'POST', ':path': '/v1/projects/bench/messages:send' })
    stream.on('error', reject)
    stream.on('response', ({ ':status': status }: IncomingHttpHeaders & { ':status'?: number }) => {
      if (status !== 200) reject(new Error(`HTTP ${status}`))
    })
    stream.resume().on('end', resolve)
    stream.end(body)
  }).finally(() => session.close())
}
