import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@carillon/client'
import { channelsFrom } from '@carillon/client/channels'
import { connect, createApi, createRealtime, createWorker, requestListener, standardSenders } from 'carillon'
import { SMTPServer } from 'smtp-server'
import { WebSocket } from 'ws'
import { type Hops, startCounting } from './hops.ts'

const app = { id: 1, key: 'house', secret: 'house-secret' }

/**
 * Runs everything in this process, on the embedded database, and follows two pieces of work through it: a push from the
 * HTTP API to an SMTP server, and an event from the HTTP API to a WebSocket.
 */
export async function followTwoWays(root: string): Promise<{ push: Hops; event: Hops }> {
  const counting = await startCounting(root)
  const folder = await mkdtemp(join(tmpdir(), 'carillon-house-'))
  const mail = await mailServer()
  const server = await runCarillon(folder, mail.port)
  try {
    const push = await counting.during(await pushing(server.port, mail.arrived))
    const event = await counting.during(await publishing(server.port))
    return { push, event }
  } finally {
    await server.close()
    await mail.close()
    await rm(folder, { recursive: true })
  }
}

async function mailServer() {
  const waiting: (() => void)[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _, done) {
      stream.resume().on('end', () => {
        done()
        waiting.shift()?.()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    arrived: () => new Promise<void>((resolve) => waiting.push(resolve)),
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  }
}

async function runCarillon(dataDir: string, smtpPort: number) {
  const services = await connect({ dataDir })
  const api = requestListener(await createApi(services, app))
  const realtime = await createRealtime(services)
  const settings = { SMTP_URL: `smtp://127.0.0.1:${smtpPort}`, MAIL_FROM: 'house@example.com' }
  const worker = await createWorker(services, { senders: standardSenders, env: settings })
  const live = requestListener({
    fetch: async (request, env) => (await realtime.fetch(request, env)) ?? new Response(null, { status: 404 }),
  })
  const server = createServer((request, response) =>
    (request.url?.startsWith('/apps/') ? live : api)(request, response),
  )
  realtime.attach(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      await realtime.stop()
      server.close().closeAllConnections()
      await worker.stop()
      await services.close()
    },
  }
}

/** The work ends with the outcome in the history, not with the mail. */
async function pushing(port: number, arrived: () => Promise<void>) {
  const client = createClient({ url: `http://127.0.0.1:${port}`, ...app })
  await client.addPusher('ann', { email: 'ann@example.com', nickname: 'Ann' })
  await client.addSender('sendmail', 'ann')
  let count = 0
  return async () => {
    const mail = arrived()
    const data = JSON.stringify({ subject: 'Hello', text: `Hi {{ pusher.nickname }}, this is mail ${++count}` })
    await client.push('sendmail', 'ann', data)
    await mail
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

async function publishing(port: number) {
  const channels = channelsFrom(`http://${app.key}:${app.secret}@127.0.0.1:${port}/apps/${app.id}`)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/app/${app.key}?protocol=7`)
  await once(socket, 'message')
  socket.send(JSON.stringify({ event: 'pusher:subscribe', data: { channel: 'news' } }))
  await once(socket, 'message')
  return async () => {
    const message = once(socket, 'message')
    await channels.trigger('news', 'hello', 'world')
    await message
  }
}
