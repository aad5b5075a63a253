import { randomUUID } from 'node:crypto'
import { CarillonError, signV1, signV2 } from '@carillon/contract'

/** `v2` covers the method, the raw path and the raw body; `v1` is what legacy clients send. */
export type SignatureVersion = 'v2' | 'v1'

export interface RequestToSign {
  key: string
  secret: string
  /** Default `v2`. */
  version?: SignatureVersion | undefined
  method: string
  /** As it will be sent, percent-encoded: `/pusher/search/?q=tags%3Avip`. */
  pathAndQuery: string
  /** As it will be sent; default: none. */
  body?: string | Uint8Array | undefined
  /** The type of the body. v1 signs the fields of a form one by one, and anything else as one text. */
  contentType?: string | undefined
  /** Unix seconds; default: the clock. The server accepts ten minutes either way. */
  now?: number | undefined
  /** v2: at most 64 characters, never used before; default: random. */
  nonce?: string | undefined
}

/**
 * Headers that sign a request, by any HTTP client.
 * @throws CarillonError `bad_request` for what v1 cannot sign: a parameter given twice or under a
 * name that the signature needs, and a path that cannot be decoded.
 */
export function signRequest(request: RequestToSign): Record<string, string> {
  const { key, version = 'v2', now = Math.floor(Date.now() / 1000) } = request
  const timestamp = String(now)
  const sign = version === 'v1' ? headersV1 : headersV2
  return { 'X-App-Key': key, 'X-Request-Time': timestamp, ...sign(request, timestamp) }
}

function headersV2(request: RequestToSign, timestamp: string): Record<string, string> {
  const { secret, method, pathAndQuery, body = '', nonce = randomUUID() } = request
  const signature = signV2(secret, { method: method.toUpperCase(), pathAndQuery, timestamp, nonce, body })
  return { 'X-Signature-Version': '2', 'X-Request-Nonce': nonce, 'X-Request-Signature': signature }
}

function headersV1(request: RequestToSign, timestamp: string): Record<string, string> {
  const [path = '', query = ''] = request.pathAndQuery.split(/\?(.*)/s)
  const fixed: [string, string][] = [
    ['app_key', request.key],
    ['timestamp', timestamp],
    ['path', decodePath(path)],
  ]
  const parameters = [...checkNames([...new URLSearchParams(query), ...formFields(request)]), ...wholeBody(request)]
  return { 'X-Request-Signature': signV1(request.secret, Object.fromEntries([...parameters, ...fixed])) }
}

function formFields({ body = '', contentType }: RequestToSign): Iterable<[string, string]> {
  return isForm(contentType) ? new URLSearchParams(Buffer.from(body).toString()) : []
}

function wholeBody({ body = '', contentType }: RequestToSign): [string, string][] {
  return body.length === 0 || isForm(contentType) ? [] : [['body', Buffer.from(body).toString()]]
}

function isForm(contentType = ''): boolean {
  return /^application\/x-www-form-urlencoded *(;|$)/i.test(contentType)
}

/** The server refuses a name that is there twice, because either value could be the signed one. */
function checkNames(parameters: [string, string][]): [string, string][] {
  const names = ['app_key', 'timestamp', 'path', 'body', ...parameters.map(([name]) => name)]
  const taken = names.find((name, at) => names.indexOf(name) < at)
  if (taken === undefined) return parameters
  throw new CarillonError(
    'bad_request',
    `signature version 1 cannot sign ${taken}: it occurs twice, or its name is reserved`,
  )
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new CarillonError('bad_request', 'signature version 1 cannot sign a path that is not percent-encoded UTF-8', {
      cause,
    })
  }
}
