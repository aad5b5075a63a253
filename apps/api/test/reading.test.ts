import { createApi } from '@carillon/api'
import { describe, expect, it } from 'vitest'
import { fakeParts } from './fakes.ts'
import { send, serveApi } from './support.ts'

const PUSH = '/pusher/sendmail/push'
const JSON_TYPE = { 'content-type': 'application/json' }
const megabyte = (bytes: number) => `pusher=lupino&data=${'x'.repeat(bytes - 'pusher=lupino&data='.length)}`

describe('a form', () => {
  it.each([
    ['pusher=lupino&data=a%20b+c%2B%F0%9F%98%80', 'a b c+😀'],
    ['&&pusher=lupino&&data=a=b&', 'a=b'],
    ['pusher=lupino&data=1&__proto__=x&constructor=y', '1'],
    ['pusher=lupino&data=李雷', '李雷'],
  ])('is read: %s', async (body, data) => {
    const parts = fakeParts()
    const { port } = await serveApi(parts)
    expect((await send(port, 'POST', PUSH, { body })).status).toBe(200)
    expect(parts.pushed).toMatchObject([{ pusher: 'lupino', data }])
  })

  it.each([
    ['pusher=lupino&data=%zz', 'The form is not percent-encoded UTF-8; with curl, --data-urlencode encodes it.'],
    ['pusher=lupino&data=%FF', 'The form is not percent-encoded UTF-8; with curl, --data-urlencode encodes it.'],
    ['pusher=lupino&data=%ED%A0%80', 'The form is not percent-encoded UTF-8; with curl, --data-urlencode encodes it.'],
    ['pusher=lupino&data=%', 'The form is not percent-encoded UTF-8; with curl, --data-urlencode encodes it.'],
    ['pusher=lupino&data=1&data=2', 'The parameter data is given twice.'],
    ['pusher=lupino&data=1&d%61ta=2', 'The parameter data is given twice.'],
    ['pusher=lupino&__proto__=1&__proto__=2', 'The parameter __proto__ is given twice.'],
    ['pusher=lupino&app_key=1', 'The parameter name app_key is reserved.'],
    ['pusher=lupino&timestamp=1', 'The parameter name timestamp is reserved.'],
    ['pusher=lupino&path=1', 'The parameter name path is reserved.'],
    ['pusher=lupino&body=1', 'The parameter name body is reserved.'],
    ['a'.repeat(2) + '&x'.repeat(1000), 'The form has more than 1000 parameters.'],
  ])('is refused: %s', async (body, err) => {
    const parts = fakeParts()
    const { port } = await serveApi(parts)
    const answer = await send(port, 'POST', PUSH, { body })
    expect(answer).toMatchObject({ status: 400, json: { err, code: 'bad_request' } })
    expect(parts.pushed).toEqual([])
  })

  it('and bytes that are not UTF-8', async () => {
    const { port } = await serveApi()
    const body = Buffer.from('pusher=lupino&data=\xff', 'latin1')
    expect(await send(port, 'POST', PUSH, { body })).toMatchObject({
      status: 400,
      json: { err: 'The body is not UTF-8.' },
    })
  })
})

describe('a query', () => {
  it.each([
    ['?q=%zz', 'The query is not percent-encoded UTF-8; with curl, --data-urlencode encodes it.'],
    ['?q=%FF', 'The query is not percent-encoded UTF-8; with curl, --data-urlencode encodes it.'],
    ['?q=1&q=2', 'The parameter q is given twice.'],
    ['?q=1&path=2', 'The parameter name path is reserved.'],
  ])('is refused: %s', async (query, err) => {
    const { port } = await serveApi()
    const answer = await send(port, 'GET', `/pusher/search/${query}`)
    expect(answer).toMatchObject({ status: 400, json: { err, code: 'bad_request' } })
  })

  it.each([
    ['pusher=a&data=x', {}],
    ['{"pusher":"a","data":"x"}', JSON_TYPE],
  ])('cannot give what the body gives: %s', async (body, headers) => {
    const { port } = await serveApi()
    const answer = await send(port, 'POST', `${PUSH}?pusher=lupino`, { body, headers })
    expect(answer).toMatchObject({ status: 400, json: { err: 'The parameter pusher is given twice.' } })
  })
})

it.each(['{"title":"a=b&c"}', '  [1]', '%7B%22a%22%3A1%7D'])(
  'JSON that came as a form is refused: %s',
  async (body) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await createApi(fakeParts()).request('/v1/categories/news', { method: 'PUT', body, headers })
    expect(response.status).toBe(415)
    expect(await response.json()).toEqual({
      err: "The body looks like JSON but came as a form: send -H 'content-type: application/json'.",
      code: 'unsupported_media_type',
    })
  },
)

describe('JSON', () => {
  const post = (body: string) => createApi(fakeParts()).request(PUSH, { method: 'POST', body, headers: JSON_TYPE })

  it.each(['[]', '7', 'null', '"text"', 'true'])('must be an object: %s', async (body) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ err: 'The JSON body must be an object.', code: 'bad_request' })
  })

  it.each([
    ['{', "Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
    ['{"a":1,}', 'Expected double-quoted property name in JSON at position 7 (line 1 column 8)'],
    ['{"a":x}', `Unexpected token 'x', "{"a":x}" is not valid JSON`],
    ['{"a":01}', 'Unexpected number in JSON at position 6 (line 1 column 7)'],
  ])('%j is refused with the message of V8', async (body, message) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ err: `The JSON body is not valid: ${message}.`, code: 'bad_request' })
  })

  it.each([
    '{"a"',
    '{"a":1 "b":2}',
    '{\n  "a": "x,\n  "b": 1\n}',
    '{"a":"\\x"}',
    '{"a":[1,2}',
    '{"a":{}}}',
    "{'a':1}",
    '{"a":tru}',
    '{"a":1} {}',
    '{"a":]',
    '{"a":[,]}',
    '{"a":-}',
    '{1:2}',
    '{"a",}',
    '{"a":[1,]}',
    '{"a":NaN}',
    '\ufeff{}',
    `{"a":${'['.repeat(400_000)}`,
    `{"a":"${'\\n'.repeat(400_000)}"`,
  ])('%.20j is refused', async (body) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    const err = expect.stringMatching(/^The JSON body is not valid: .+\.$/) as string
    expect(await response.json()).toEqual({ err, code: 'bad_request' })
  })
})

describe('a body', () => {
  it.each([
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'multipart/form-data; boundary=x' }, 415],
    [{ 'content-type': '' }, 415],
    [{ 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }, 200],
    [{ 'content-type': 'Application/X-WWW-Form-Urlencoded' }, 200],
    [{ 'content-encoding': 'gzip' }, 415],
    [{ 'content-encoding': 'GZIP' }, 415],
    [{ 'content-encoding': 'Identity' }, 200],
    [{ 'content-encoding': 'identity' }, 200],
  ])('as %j is %i', async (headers, status) => {
    const { port } = await serveApi()
    expect(await send(port, 'POST', PUSH, { body: 'pusher=lupino&data=x', headers })).toMatchObject({ status })
  })

  it('may be missing, whatever its type', async () => {
    const { port } = await serveApi()
    const answer = await send(port, 'POST', '/pusher/pushers/lupino/vip/', {
      headers: { 'content-type': 'text/plain' },
    })
    expect(answer.status).toBe(200)
  })

  it.each([false, true])('of 1 MB is taken, chunked: %s', async (chunked) => {
    const parts = fakeParts()
    const { port } = await serveApi(parts)
    expect(await send(port, 'POST', PUSH, { body: megabyte(1_048_576), chunked })).toMatchObject({ status: 200 })
    expect(parts.pushed[0]?.data).toHaveLength(1_048_557)
  })

  it.each([
    ['/pusher/sendmail/pushall', 1, false],
    ['/pusher/sendmail/pushall', 1, true],
    [PUSH, 16, false],
    [PUSH, 16, true],
  ])('of %s is at most %i MB, chunked: %s', async (path, megabytes, chunked) => {
    const parts = fakeParts()
    const { port } = await serveApi(parts)
    const answer = await send(port, 'POST', path, { body: megabyte(megabytes * 1_048_576 + 1), chunked })
    const err = `The body must be at most ${megabytes} MB.`
    expect(answer).toMatchObject({ status: 413, json: { err, code: 'too_large' } })
    expect([parts.pushed, parts.broadcasted]).toEqual([[], []])
  })
})
