import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { errorCode } from '@carillon/contract'
import { clientOptions, type RedisAddress } from './address.ts'

const TIMEOUT_MS = 1000

/**
 * A server that accepts no connection sends its reason and closes it. A client that has written something by then often
 * gets only ECONNRESET or EPIPE. So this connects once more, and only reads.
 * @returns the server's reason as an error, or else the error that was given
 */
export async function explained(server: RedisAddress, error: Error): Promise<Error> {
  if (!/^(?:ECONNRESET|EPIPE)$/.test(errorCode(error))) return error
  const line = await firstLine(server).catch((refusal: Error) => refusal)
  if (typeof line !== 'string') return errorCode(line).startsWith('ERR_SSL') ? line : error
  return line.startsWith('-') ? Object.assign(new Error(line.slice(1).trim()), { name: 'ReplyError' }) : error
}

function firstLine({ url, tls }: RedisAddress): Promise<string> {
  const { host, port, path, tls: secure } = clientOptions(url, tls)
  const place = path === undefined ? { host, port: port! } : { path }
  const socket: Socket = secure ? connectTls({ ...place, ...secure }) : connectPlain(place)
  return new Promise((resolve, reject) => {
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy())
    socket.once('data', (text: Buffer) => resolve(text.toString()))
    socket.once('error', reject)
    socket.once('close', () => resolve(''))
  }).finally(() => socket.destroy()) as Promise<string>
}
