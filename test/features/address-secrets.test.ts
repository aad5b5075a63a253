import { createECDH, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@carillon/client'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { addressOf, carillon, usedFolder } from '../services/carillon.ts'

const secretText = () => randomBytes(24).toString('hex')

/** A provider that refuses whatever it gets, and repeats in its answer whom it was for. */
async function refusingProvider() {
  const called: string[] = []
  const server = createServer(({ url = '' }, response) => {
    called.push(url)
    response.writeHead(500, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ message: `${url} is unknown`, code: 0 }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { called, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

it('no log line, answer or history shows a whole token', { timeout: 120_000 }, async () => {
  const provider = await refusingProvider()
  const env = { APP_KEY: 'demo', APP_SECRET: 's3cret', ALLOW_PRIVATE_HOOKS: '1', LOG_LEVEL: 'trace', RETRY_TIMES: '1' }
  const server = await carillon(['start', '--port', '0'], env, await usedFolder())
  const url = await addressOf(server)
  const client = createClient({ url, key: 'demo', secret: 's3cret' })
  onTestFinished(() => client.close())
  await client.addPusher('ann')

  const [discord, teams, browser] = [secretText(), secretText(), secretText()]
  const ecdh = createECDH('prime256v1')
  ecdh.generateKeys()
  const auth = randomBytes(16).toString('base64url')
  const p256dh = ecdh.getPublicKey('base64url')
  const subscription = { endpoint: `${provider.url}/${browser}`, keys: { p256dh, auth } }
  const userToken = client.userToken('ann')
  const asUser = async (fields: object) => {
    const headers = { authorization: `Bearer ${userToken}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}/v1/me/addresses`, { method: 'PUT', headers, body: JSON.stringify(fields) })
    return [answer.status, await answer.text()] as const
  }
  const shown: unknown[] = [
    await client.registerAddress('ann', { kind: 'discord', token: `${provider.url}/${discord}` }),
    await client.registerAddress('ann', { kind: 'teams', token: `${provider.url}/${teams}` }),
    await asUser({ kind: 'webpush', subscription }),
    await asUser({ kind: 'webpush', subscription: { ...subscription, keys: { p256dh: auth, auth } } }),
    await asUser({ kind: 'apns', token: `${discord}x` }),
    await asUser({ kind: 'slack', token: discord, subscription }),
  ]
  expect(JSON.stringify(shown)).toContain('must be a public key on P-256')

  await client.push('senddiscord', 'ann', { content: 'Hello' }, { force: true })
  await client.push('sendteams', 'ann', { title: 'Hello', text: 'Hello' }, { force: true })
  await client.push('sendpush', 'ann', { title: 'Hello', body: 'Hello' }, { force: true })
  const finished = await waitFor(async () => {
    const pushes = await client.getPushes({ pusher: 'ann' })
    return pushes.every(({ finishedAt }) => finishedAt !== null) && pushes
  })
  expect(finished).toHaveLength(3)
  for (const secret of [discord, teams, browser])
    expect(provider.called.filter((path) => path.includes(secret))).toHaveLength(1)
  shown.push(
    finished,
    await Promise.all(finished.map(({ id }) => client.getPush(id))),
    await client.getAddresses('ann'),
  )
  shown.push(await (await fetch(`${url}/metrics`)).text())

  await server.stop('SIGTERM')
  const everything = JSON.stringify(shown) + server.said()
  expect(everything).toContain(`…${browser.slice(-6)}`)
  for (const secret of [discord, teams, browser, auth, p256dh, userToken]) expect(everything).not.toContain(secret)
})
