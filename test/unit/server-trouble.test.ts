import { SetupError } from '@carillon/contract'
import { expect, it } from 'vitest'
import { serverTrouble } from '../../packages/store/open/server-trouble.ts'

const URL = 'postgres://ada:hush@db.example/bells'

function failure(code: string, message = 'words of Postgres'): Error {
  // The database layer wraps what it is told
  return new Error('insert … params: someone@example.com', { cause: Object.assign(new Error(message), { code }) })
}

it.each([
  [failure('28P01'), 'Postgres at db.example:5432 refuses the user ada, or its password: correct DATABASE_URL.'],
  [failure('', 'SASL: client password must be a string'), 'Postgres at db.example:5432 refuses the user ada, or its'],
  [failure('3D000'), 'Postgres at db.example:5432 has no database bells: create it, or set DATABASE_URL to one that'],
  [failure('42501'), 'The user ada may not make tables in the database bells of db.example:5432: grant it CREATE'],
  [failure('53100'), 'The disk of Postgres at db.example:5432 is full'],
  [failure('53300'), 'Postgres at db.example:5432 has no connection left'],
  [failure('57P03'), 'Postgres at db.example:5432 is starting or stopping'],
  [failure('ENOTFOUND'), 'Postgres cannot be reached at db.example:5432 (ENOTFOUND): start it, or set DATABASE_URL'],
  [failure('', 'timeout expired'), 'Postgres cannot be reached at db.example:5432 (it does not answer)'],
  [failure('', 'The server does not support SSL connections'), 'Postgres at db.example:5432: The server does not'],
])('%s: a sentence', (error, start) => {
  const trouble = serverTrouble(error, URL) as Error
  expect(trouble).toBeInstanceOf(SetupError)
  expect(trouble.message.slice(0, start.length)).toBe(start)
  expect(trouble.message).not.toMatch(/hush|someone/)
})

it('what it does not know, and what is a sentence already, stay as they are', () => {
  for (const error of [failure('XX000'), new SetupError('A sentence.')]) expect(serverTrouble(error, URL)).toBe(error)
})
