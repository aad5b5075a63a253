import { SetupError } from '@carillon/contract'
import { expect, it } from 'vitest'
import { serverTrouble } from '../open/server-trouble.ts'

const URL = 'postgres://ada:hush@db.example/bells'

function failure(code: string, message = 'words of Postgres'): Error {
  // The database layer wraps the error that it receives
  return new Error('insert … params: someone@example.com', { cause: Object.assign(new Error(message), { code }) })
}

it.each([
  [failure('28P01'), 'Postgres at db.example:5432 refuses the user ada, or its password: correct DATABASE_URL.'],
  [failure('', 'SASL: client password must be a string'), 'Postgres at db.example:5432 refuses the user ada, or its'],
  [
    failure('3D000'),
    'Postgres at db.example:5432 has no database bells: create it, or set DATABASE_URL to an existing',
  ],
  [failure('42501'), 'The user ada may not create tables in the database bells of db.example:5432: grant CREATE'],
  [failure('53100'), 'The disk of Postgres at db.example:5432 is full'],
  [failure('53300'), 'Postgres at db.example:5432 has no connection left'],
  [failure('25006'), 'Postgres at db.example:5432 accepts no writes (25006): it is a standby'],
  [failure('57014'), 'Postgres at db.example:5432 ended a statement after its statement_timeout'],
  [
    failure('08P01', 'no more connections allowed (max_client_conn)'),
    'Postgres at db.example:5432 has no connection left',
  ],
  [failure('08P01', 'no such database: bells'), 'Postgres at db.example:5432 has no database bells'],
  [
    failure('08P01', 'unsupported startup parameter: x'),
    'Postgres at db.example:5432 refuses the connection: unsupported',
  ],
  [
    failure('DEPTH_ZERO_SELF_SIGNED_CERT'),
    'The certificate of Postgres at db.example:5432 is self-signed (DEPTH_ZERO_SELF',
  ],
  [
    failure('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    'The certificate of Postgres at db.example:5432 was signed by an authority',
  ],
  [failure('CERT_HAS_EXPIRED'), 'The certificate of Postgres at db.example:5432 has expired (CERT_HAS_EXPIRED)'],
  [failure('ERR_TLS_CERT_ALTNAME_INVALID'), 'The certificate of Postgres at db.example:5432 is for another host name'],
  [
    failure('28000', 'no pg_hba.conf entry for host "10.0.0.1", user "ada", no encryption'),
    'Postgres at db.example:5432 has no entry in its pg_hba.conf that lets the user ada use the database bells from here: add sslmode=require',
  ],
  [
    failure('28000', 'no pg_hba.conf entry for host "10.0.0.1", user "ada", SSL encryption'),
    'Postgres at db.example:5432 has no entry in its pg_hba.conf that lets the user ada use the database bells from here: add one',
  ],
  [failure('EAI_AGAIN'), 'Postgres cannot be reached at db.example:5432 (EAI_AGAIN)'],
  [
    Object.assign(failure('').cause as Error, { code: 'ENOENT', syscall: 'open', path: '/ca.crt' }),
    'The file /ca.crt that DATABASE_URL names cannot be read (ENOENT)',
  ],
  [failure('57P03'), 'Postgres at db.example:5432 is starting or stopping'],
  [
    failure('ENOTFOUND'),
    'Postgres cannot be reached at db.example:5432 (ENOTFOUND): start it, or correct DATABASE_URL',
  ],
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
