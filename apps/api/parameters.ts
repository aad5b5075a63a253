import { CarillonError } from '@carillon/contract'

/** Decoded parameters; without a prototype, so that `__proto__` is a name like any other. */
export type Parameters = Record<string, string>

/** Far above any real request; a v1 signature sorts them before anything is known about the caller. */
const MAX_PARAMETERS = 1000

/** v1 signs a request's own data under these names. */
const RESERVED = new Set(['app_key', 'timestamp', 'path', 'body'])

/**
 * Parameters of the query and of the form, in one map: a v1 signature cannot tell them apart.
 * @throws CarillonError `bad_request` for a parameter given twice, a reserved name or broken percent-encoding.
 */
export function readParameters(query: string, form: string): Parameters {
  const parameters: Parameters = Object.create(null)
  if (query !== '') addPairs(parameters, query, 'query')
  if (form !== '') addPairs(parameters, form, 'form')
  return parameters
}

function addPairs(parameters: Parameters, text: string, where: string): void {
  const pairs = text.split('&', MAX_PARAMETERS + 1)
  if (pairs.length > MAX_PARAMETERS)
    throw new CarillonError('bad_request', `The ${where} has more than ${MAX_PARAMETERS} parameters.`)
  for (const pair of pairs) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    const name = decode(at === -1 ? pair : pair.slice(0, at), where)
    if (RESERVED.has(name)) throw new CarillonError('bad_request', `The parameter name ${name} is reserved.`)
    if (name in parameters) throw new CarillonError('bad_request', `The parameter ${name} is given twice.`)
    parameters[name] = at === -1 ? '' : decode(pair.slice(at + 1), where)
  }
}

function decode(text: string, where: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    throw new CarillonError(
      'bad_request',
      `The ${where} is not percent-encoded UTF-8; with curl, --data-urlencode encodes it.`,
    )
  }
}
