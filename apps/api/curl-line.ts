import type { Operation, Parameter } from './openapi-document.ts'

const SERVER = 'http://localhost:6001'

/** The example of an operation as a command. */
export function curlLine(method: string, path: string, operation: Operation): string {
  const { parameters = [], requestBody, security } = operation
  const url = quote(SERVER + fillPath(path, parameters) + queryOf(parameters))
  const words = ['curl', ...(method === 'GET' ? [] : ['-X', method]), url]
  if (security.some((scheme) => 'admin' in scheme)) words.push('-u', '"$ADMIN_ACCOUNT:$ADMIN_PASSWORD"')
  return [...words, ...bodyWords(requestBody)].join(' ')
}

function fillPath(path: string, parameters: Parameter[]): string {
  return path.replaceAll(/\{(\w+)\}/g, (_match, name) => {
    const example = parameters.find((parameter) => parameter.name === name)?.schema.examples?.[0]
    return encodeURIComponent(String(example))
  })
}

function queryOf(parameters: Parameter[]): string {
  const given = parameters.filter((parameter) => parameter.in === 'query' && parameter.example !== undefined)
  const pairs = given.map(({ name, example }) => `${name}=${encodeURIComponent(String(example))}`)
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

/** A form where the route takes one, as the shorter line. */
function bodyWords(requestBody: Operation['requestBody']): string[] {
  const [type, { example } = {}] = Object.entries(requestBody?.content ?? {})[0] ?? []
  if (!example) return []
  if (type === 'application/json') return ['-H', quote(`Content-Type: ${type}`), '-d', quote(JSON.stringify(example))]
  return Object.entries(example).flatMap(([name, value]) => ['--data-urlencode', quote(`${name}=${String(value)}`)])
}

function quote(text: string): string {
  return `'${text}'`
}
