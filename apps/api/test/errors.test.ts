import { createApi } from '@carillon/api'
import { CarillonError } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { type Fakes, fakeParts } from './fakes.ts'

const PRIVATE = 'Dear Alice, your PIN is 1234'

/** What drizzle throws: its message holds every parameter. */
function queryError(code: string): Error {
  const cause = Object.assign(new Error(`invalid input: "${PRIVATE}"\n    at ${PRIVATE}:1:1`), { code })
  return new Error(`Failed query: insert … params: ${PRIVATE}\n    at ${PRIVATE}:1:1`, { cause })
}

async function failing(error: Error): Promise<{ status: number; json: unknown; logged: Fakes['logged'] }> {
  const parts = fakeParts()
  parts.pushers.getMany = async () => {
    throw error
  }
  const response = await createApi(parts).request('/pusher/pushers/lupino/')
  return { status: response.status, json: await response.json(), logged: parts.logged }
}

describe('an error that is not of the domain', () => {
  const internal = { err: 'An internal error occurred; the log of the server has the details.', code: 'internal' }

  it('is not revealed to the caller, and is logged without what it repeats', async () => {
    const { status, json, logged } = await failing(queryError('22P02'))
    expect(status).toBe(500)
    expect(json).toEqual(internal)
    expect(logged).toMatchObject([
      { message: 'a request failed', fields: { route: 'GET /pusher/pushers/:id/', error: 'Error', code: '22P02' } },
    ])
    expect(JSON.stringify(logged)).not.toContain('Alice')
    expect(JSON.stringify(logged)).toContain('errors.test.ts:') // the place stays
  })

  it.each([new TypeError('x'), Object.assign(new Error('x'), { code: 7 })])(
    'is a 500, whatever it is: %s',
    async (error) => {
      expect(await failing(error)).toMatchObject({ status: 500, json: internal })
    },
  )

  it.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '08006', '53300', '25006', '28P01', '57014'])(
    'is a 503 when the server is away: %s',
    async (code) => {
      const json = { err: 'The database or Redis cannot be reached; try again.', code: 'unavailable' }
      const { status, json: answer, logged } = await failing(queryError(code))
      expect({ status, answer }).toEqual({ status: 503, answer: json })
      expect(logged).toMatchObject([{ fields: { code } }])
      expect(logged[0]!.fields).not.toHaveProperty('at') // every probe fails, and no place in the code is to blame
    },
  )

  it.each(['timeout exceeded when trying to connect', 'Connection terminated unexpectedly', 'Query read timeout'])(
    'is a 503 when the driver gave up: %s',
    async (message) => {
      const json = { err: 'The database or Redis cannot be reached; try again.', code: 'unavailable' }
      expect(await failing(new Error('Failed query', { cause: new Error(message) }))).toMatchObject({
        status: 503,
        json,
      })
    },
  )

  it.each(['OOM', 'READONLY', 'LOADING'])('is a 503 when Redis refuses: %s', async (word) => {
    const json = { err: `Redis refuses it (${word}); try again.`, code: 'unavailable' }
    const error = Object.assign(new Error(`${word} ${PRIVATE}`), { name: 'ReplyError' })
    expect(await failing(error)).toMatchObject({ status: 503, json, logged: [{ fields: { code: word } }] })
  })

  it.each(['ENOSPC', '53100'])('says to the caller and in the log that the disk is full: %s', async (code) => {
    const err = 'The disk is full, and nothing was accepted; free some space and try again.'
    const failed = await failing(queryError(code))
    expect(failed).toMatchObject({ status: 503, json: { err, code: 'unavailable' }, logged: [{ message: err }] })
  })
})

describe('an error of the domain', () => {
  it('is not logged when it is the caller’s', async () => {
    const { status, logged } = await failing(new CarillonError('conflict', 'No.'))
    expect(status).toBe(409)
    expect(logged).toEqual([])
  })

  it('is logged when it is ours', async () => {
    const { status, logged } = await failing(
      new CarillonError('unavailable', 'Redis is away.', { cause: queryError('57P03') }),
    )
    expect(status).toBe(503)
    expect(logged).toMatchObject([{ message: 'Redis is away.', fields: { error: 'CarillonError', code: '57P03' } }])
  })
})

describe('/readyz', () => {
  it.each(['/readyz', '/readyz/'])('%s is ready', async (path) => {
    const response = await createApi(fakeParts()).request(path)
    expect([response.status, await response.json()]).toEqual([200, { ok: true }])
  })

  it('says what cannot be reached', async () => {
    const ready = () => Promise.reject(new CarillonError('unavailable', 'The database cannot be reached.'))
    const response = await createApi(fakeParts({ ready })).request('/readyz')
    const json = { err: 'The database cannot be reached.', code: 'unavailable' }
    expect([response.status, await response.json()]).toEqual([503, json])
  })

  it('does not hold /healthz back', async () => {
    const ready = () => Promise.reject(new CarillonError('unavailable', 'x'))
    const response = await createApi(fakeParts({ ready })).request('/healthz')
    expect([response.status, await response.json()]).toEqual([200, { ok: true }])
  })
})
