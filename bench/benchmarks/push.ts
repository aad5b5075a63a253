import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificate } from '../../test/services/certificates.ts'
import { serviceAccount } from '../../test/services/push-credentials.ts'
import type { Benchmark, Contender } from '../benchmark.ts'
import { cpuOf } from '../cpu.ts'
import { throughSendgrid } from '../mailing.ts'
import type { Program } from '../program.ts'
import { openStage, type Stage } from './stage.ts'

const RECIPIENTS = 100_000
/** With a session for each call they take so much longer, and what counts is how many a second. */
const FEW = 5000

const NOTIFICATION = { title: 'The bells ring', body: 'Hello {{ pusher.id }} from the bell tower' }
const LETTER = { subject: 'The bells ring', text: 'Hello from the bell tower.\n'.repeat(20) }

export const push: Benchmark = {
  name: 'push',
  work: `broadcast to ${RECIPIENTS.toLocaleString('en')} phones through FCM, a local server with TLS that takes all of them`,
  targets: [
    { figure: 'recipients/s', atLeast: 3 },
    { figure: 'CPU µs each', atMost: 0.5 },
  ],
  async open() {
    const [many, few, mails] = [
      await openStage(RECIPIENTS, 'sendpush'),
      await openStage(FEW, 'sendpush'),
      await openStage(RECIPIENTS, 'sendmail'),
    ]
    await many.servers.addPhones()
    await few.servers.addPhones()
    const { env, remove } = await startFcm(many)
    const kept = await many.program('push-worker', env)
    const each = await few.program('push-worker', { ...env, A_SESSION_EACH: '1' })
    const mail = await mails.program('mail-worker', await throughSendgrid(mails))
    for (const worker of [kept, each, mail]) await worker.ask('start')
    return {
      carillon: sending('sendpush, kept sessions', kept, many, 'sendpush', RECIPIENTS),
      baselines: [
        sending('a session for each call', each, few, 'sendpush', FEW),
        sending('sendmail, up to 1000 mails a call', mail, mails, 'sendmail', RECIPIENTS),
      ],
      async close() {
        for (const stage of [mails, few, many]) await stage.close()
        await remove()
      },
    }
  },
}

function sending(name: string, worker: Program, { services }: Stage, sender: string, count: number): Contender {
  const data = JSON.stringify(sender === 'sendmail' ? LETTER : NOTIFICATION)
  return {
    name,
    async round() {
      const [begun, cpu] = [performance.now(), cpuOf(worker.pid)]
      await Promise.all([worker.ask('recorded', count), services.api(1).pushAll(sender, data)])
      const seconds = (performance.now() - begun) / 1000
      return { 'recipients/s': count / seconds, 'CPU µs each': (cpuOf(worker.pid) - cpu) / count }
    },
  }
}

/** A local FCM, and the settings of a worker that sends through it. */
async function startFcm(stage: Stage) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-push-'))
  const { cert, key } = await certificate({ host: 'IP:127.0.0.1' })
  await writeFile(join(folder, 'ca.pem'), cert)
  await writeFile(join(folder, 'account.json'), JSON.stringify(serviceAccount('bench').json))
  const fcm = await stage.program('fcm', { FCM_CERT: cert, FCM_KEY: key })
  const env = {
    FCM_CREDENTIALS: join(folder, 'account.json'),
    FCM_BASE_URL: `https://127.0.0.1:${await fcm.ask<number>('port')}`,
    FCM_TOKEN_URL: `http://127.0.0.1:${await fcm.ask<number>('tokenPort')}/token`,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
  }
  return { env, remove: () => rm(folder, { recursive: true }) }
}
