import { createApi } from '@carillon/api'
import { type CarillonClient, createClient } from '@carillon/client'
import { type HttpServer, listen } from '@carillon/http'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, newName } from './bells.ts'

onEveryBackend('the routes of addresses', (current) => {
  let api: HttpServer
  let client: CarillonClient
  let ann: string
  beforeAll(async () => {
    const { store, ...services } = current().services
    const firstApp = await store.apps.ensureFirst({ id: 1, key: 'demo', secret: 's3cret' })
    const parts = {
      ...store,
      ...services,
      firstApp,
      open: false,
      defaultTtl: 3600,
      version: '0',
      pushKey: async () => '',
    }
    api = await listen(createApi(parts), { host: '127.0.0.1', port: 0 })
    client = createClient({ url: `http://127.0.0.1:${api.port}`, key: 'demo', secret: 's3cret' })
  })
  afterAll(async () => {
    client.close()
    await api.close()
  })
  beforeEach(async () => {
    ann = newName()
    await addPusher(current().services, ann, [])
  })

  /** Of APNs: 32 bytes in hex. */
  const token = (index: number) =>
    Buffer.from(ann.padEnd(31, '-')).toString('hex') + index.toString(16).padStart(2, '0')

  it('keep 20 of 21 devices that register at once', async () => {
    const registering = Array.from({ length: 21 }, (_, index) =>
      client.registerAddress(ann, { kind: 'apns', token: token(index) }),
    )
    const registered = await Promise.all(registering)
    const { addresses } = await client.getAddresses(ann)
    expect(addresses).toHaveLength(20)
    const ids = registered.map(({ id }) => id)
    expect(new Set(ids).size).toBe(21)
    for (const { id } of addresses) expect(ids).toContain(id)
  })

  it('keep the 20 of 25 devices that registered last', async () => {
    const ids: string[] = []
    for (let index = 0; index < 25; index++)
      ids.push((await client.registerAddress(ann, { kind: 'apns', token: token(index) })).id)
    const { addresses } = await client.getAddresses(ann)
    expect(addresses.map(({ id }) => id)).toEqual(ids.slice(5).toReversed())
  })

  it('give a phone that changes hands to its new user', async () => {
    const bob = `${ann}-bob`
    await addPusher(current().services, bob, [])
    const fields = { kind: 'apns', token: token(1), label: 'Ann’s phone' } as const
    const { id } = await client.registerAddress(ann, fields)
    expect(await client.registerAddress(bob, { kind: 'apns', token: token(1).toUpperCase() })).toMatchObject({ id })
    expect((await client.getAddresses(ann)).addresses).toEqual([])
    expect((await client.getAddresses(bob)).addresses).toMatchObject([{ id, label: '' }])
  })

  it('show what stands in the way, until it is registered again', async () => {
    const { id } = await client.registerAddress(ann, { kind: 'apns', token: token(1) })
    await current().services.store.addresses.disable(1, id, 'DeviceTokenNotForTopic')
    await client.addSuppression('sendmail', `${ann}@example.com`, 'asked for it')
    expect(await client.getAddresses(ann)).toMatchObject({
      addresses: [{ id, blocked: [{ as: 'disabled', reason: 'DeviceTokenNotForTopic' }] }],
      mail: {
        address: `${ann}@example.com`,
        blocked: [{ as: 'suppressed', sender: 'sendmail', reason: 'asked for it' }],
      },
      phone: null,
    })
    expect(await client.registerAddress(ann, { kind: 'apns', token: token(1) })).toMatchObject({ id, blocked: [] })
  })

  it('remove one, and all with their pusher', async () => {
    const [first, second] = [
      await client.registerAddress(ann, { kind: 'apns', token: token(1) }),
      await client.registerAddress(ann, { kind: 'telegram', token: '-1001' }),
    ]
    await client.removeAddress(ann, first.id)
    await expect(client.removeAddress(ann, first.id)).rejects.toMatchObject({ code: 'address_not_found' })
    expect((await client.getAddresses(ann)).addresses).toEqual([second])
    await client.removePusher(ann)
    await expect(client.getAddresses(ann)).rejects.toMatchObject({ code: 'pusher_not_found' })
    expect(await current().services.store.addresses.list(1, ann)).toEqual([])
  })

  it('are open to the user whom a token names', async () => {
    const url = `http://127.0.0.1:${api.port}/v1/me/addresses`
    const headers = { authorization: `Bearer ${client.userToken(ann)}` }
    const body = new URLSearchParams({ kind: 'apns', token: token(1) })
    const registered = await fetch(url, { method: 'PUT', headers, body })
    const { address } = (await registered.json()) as { address: { id: string } }
    expect((await client.getAddresses(ann)).addresses).toEqual([address])
    const made = await client.requestUserToken(ann)
    expect(await (await fetch(url, { headers: { authorization: `Bearer ${made}` } })).json()).toMatchObject({
      addresses: [address],
      mail: { address: `${ann}@example.com` },
    })
    expect((await fetch(`${url}/${address.id}`, { method: 'DELETE', headers })).status).toBe(200)
    expect((await client.getAddresses(ann)).addresses).toEqual([])
  })

  it('answer no whole token', async () => {
    const answers = [
      await client.registerAddress(ann, { kind: 'apns', token: token(1) }),
      await client.getAddresses(ann),
    ]
    const refused = client.registerAddress(ann, { kind: 'apns', token: `${token(1)}x` })
    const error = await refused.catch((thrown: Error) => thrown.message)
    expect(error).toContain('token must be a device token in hex')
    expect(JSON.stringify([...answers, error])).not.toContain(token(1))
  })
})
