import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ApiError, CarillonError, createClient } from '@carillon/client'
import type { CarillonClient } from '@carillon/client'
import { startVerifyingServer } from '../../../test/services/verifying-server.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function serve(listener: RequestListener, timeout?: number) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = createClient({ url, timeout })
  const stop = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  cleanups.push(stop, client.close)
  return { url, client, stop }
}

function answering(status: number, body: unknown) {
  return serve((_request, response) => {
    response.statusCode = status
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
}

const failureOf = (failing: Promise<unknown>) =>
  failing.then(
    () => expect.fail('nothing failed'),
    (error: unknown) => error,
  )

describe('a refusal of the server', () => {
  it('is an ApiError with its code, its sentence and the status', async () => {
    const { client } = await answering(406, { err: 'not such pusher lupino', code: 'sender_not_enabled' })
    const error = await failureOf(client.push('sendmail', 'lupino', 'x'))
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toBeInstanceOf(CarillonError)
    expect(error).toMatchObject({ status: 406, code: 'sender_not_enabled', message: 'not such pusher lupino' })
    expect(error).toHaveProperty('hint', undefined)
  })

  it.each([
    ['Give it the sender.', 'Give it the sender.'],
    [{ html: '<b>' }, undefined],
  ])('has the hint that is a sentence: %j', async (given, hint) => {
    const { client } = await answering(406, { err: 'not such pusher lupino', code: 'sender_not_enabled', hint: given })
    expect(await failureOf(client.push('sendmail', 'lupino', 'x'))).toHaveProperty('hint', hint)
  })

  it('keeps a code that this version does not know', async () => {
    const { client } = await answering(451, { err: 'Not here.', code: 'forbidden_by_law' })
    expect(await failureOf(client.getSenders())).toMatchObject({ code: 'forbidden_by_law' })
  })

  it.each([
    [301, '', 'internal'],
    [400, '{"err":', 'bad_request'],
    [401, 'null', 'unauthorized'],
    [404, '<h1>Not found</h1>', 'not_found'],
    [405, '{}', 'method_not_allowed'],
    [413, '{}', 'too_large'],
    [418, '[]', 'bad_request'],
    [500, '"oops"', 'internal'],
    [502, '<h1>Bad gateway</h1>', 'unavailable'],
    [503, { err: 7, code: 7 }, 'unavailable'],
  ])('that has no words (%i %j) gets a code by its status', async (status, body, code) => {
    const { client } = await answering(status, body)
    const message = `The server answered ${status} without an explanation.`
    expect(await failureOf(client.getSenders())).toMatchObject({ status, code, message })
  })

  it('takes its words from a server that gives no code', async () => {
    const { client } = await answering(404, { err: 'pusher lupino not exists.' })
    const error = { code: 'not_found', message: 'pusher lupino not exists.' }
    expect(await failureOf(client.addTag('lupino', 'vip'))).toMatchObject(error)
  })

  it.each([
    [{ key: 'other', secret: 's3cret' }, 'invalid_app_key'],
    [{ key: 'demo', secret: 'other' }, 'invalid_request_signature'],
  ])('of the signature names its reason', async (credentials, code) => {
    const server = await startVerifyingServer({ key: 'demo', secret: 's3cret' })
    cleanups.push(server.close)
    for (const signature of ['v1', 'v2'] as const) {
      const client = createClient({ url: server.url, ...credentials, signature })
      cleanups.push(client.close)
      expect(await failureOf(client.getSenders())).toMatchObject({ status: 401, code })
    }
  })
})

describe('getPusher', () => {
  it('is null when there is none', async () => {
    const { client } = await answering(404, { err: 'pusher lupino not exists.', code: 'pusher_not_found' })
    expect(await client.getPusher('lupino')).toBeNull()
  })

  it.each([
    [404, { err: 'No such route.', code: 'not_found' }, 'not_found'],
    [503, { err: 'The database cannot be reached.', code: 'unavailable' }, 'unavailable'],
  ])('throws on any other refusal (%i)', async (status, body, code) => {
    const { client } = await answering(status, body)
    expect(await failureOf(client.getPusher('lupino'))).toMatchObject({ code })
  })
})

describe('an answer that is not JSON', () => {
  it('is an error, though its status is a success', async () => {
    const { client } = await answering(200, '<h1>It works!</h1>')
    const message = 'The answer is not JSON. Is a Carillon server running at the url?'
    expect(await failureOf(client.getSenders())).toMatchObject({ status: 200, code: 'internal', message })
  })
})

describe('no answer', () => {
  async function expectUnavailable(client: CarillonClient, message: string): Promise<void> {
    const error = await failureOf(client.push('sendmail', 'lupino', 'x'))
    expect(error).toBeInstanceOf(CarillonError)
    expect(error).not.toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code: 'unavailable', message })
  }

  it('because nobody listens', async () => {
    const { url, client, stop } = await serve(() => {})
    await stop()
    await expectUnavailable(client, `${url} cannot be reached: ECONNREFUSED`)
  })

  it('because the connection is cut', async () => {
    const { url, client } = await serve((request) => request.socket.destroy())
    await expectUnavailable(client, `${url} cannot be reached: ECONNRESET`)
  })

  it('because the connection is cut within the answer', async () => {
    const { url, client } = await serve((_request, response) => {
      response.write('{"result":', () => response.destroy())
    })
    await expectUnavailable(client, `${url} cannot be reached: ECONNRESET`)
  })

  it('in time', async () => {
    const { url, client } = await serve(() => {}, 0.05)
    await expectUnavailable(client, `${url} did not answer within 0.05 s`)
  })

  it('that ends in time', async () => {
    const { url, client } = await serve((_request, response) => void response.write('{"result":'), 0.05)
    await expectUnavailable(client, `${url} did not answer within 0.05 s`)
  })

  it('because the client was closed meanwhile', async () => {
    const { url, client } = await serve(() => client.close())
    await expectUnavailable(client, `${url} cannot be reached: ECONNRESET`)
  })
})

describe('what would name another route', () => {
  const client = createClient({ url: 'http://127.0.0.1:9' })

  it.each<[string, () => Promise<unknown>]>([
    ['getPusher', () => client.getPusher('')],
    ['removePusher', () => client.removePusher('')],
    ['addTag', () => client.addTag('lupino', '')],
    ['removeTag', () => client.removeTag('lupino', '')],
    ['removeTag with NUL', () => client.removeTag('lupino', 'a\0')],
    ['updatePusher with 256 characters', () => client.updatePusher('x'.repeat(256), {})],
    ['addTag with broken Unicode', () => client.addTag('lupino', '\ud83d')],
    ['addSender', () => client.addSender('pushers', 'lupino')],
    ['push', () => client.push('a/b', 'lupino', 'x')],
    ['pauseSender', () => client.pauseSender('..')],
  ])('is not sent: %s', async (_name, call) => {
    const error = await failureOf(call())
    expect(error).toMatchObject({ code: 'invalid_field' })
    expect(error).not.toBeInstanceOf(ApiError)
  })
})
