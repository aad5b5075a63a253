import type { Operation, Parameter } from '../openapi-document.ts'
import { clientCalls } from './client-calls.ts'

/** Where the API is reached, as the reader of the page reached it. */
export interface ApiAddress {
  /** `http://127.0.0.1:6001`. */
  origin: string
  /** Path that precedes every path of the API: empty unless the API is mounted below one. */
  prefix: string
}

/** One program in the languages that the page offers; with curl, also for a server that needs no signature. */
export interface Snippets {
  curl: { signed: string; open: string }
  typescript: { signed: string; open: string }
  python: { signed: string; open: string }
}

/** What each snippet of a signed call needs before it. */
export function setUp({ origin, prefix }: ApiAddress): Snippets {
  return {
    curl: { signed: signedCurl(origin), open: '# Nothing to set up: each example is a complete command.' },
    typescript: {
      signed: typescriptClient(
        `{\n  url: '${origin}${prefix}',\n  key: process.env.CARILLON_KEY,\n  secret: process.env.CARILLON_SECRET,\n}`,
      ),
      open: typescriptClient(`{ url: '${origin}${prefix}' }`),
    },
    python: { signed: signedPython(origin), open: openPython(origin) },
  }
}

/** The example of an operation, as calls that use what `setUp` defines. */
export function snippetsOf(method: string, path: string, operation: Operation, address: ApiAddress): Snippets {
  const { parameters = [], requestBody, security } = operation
  const target = address.prefix + fillPath(path, parameters) + queryOf(parameters)
  const body = requestBody?.content['application/json']?.example
  const isSigned = security.some((scheme) => 'signed' in scheme)
  if (!isSigned) return unsignedSnippets({ method, url: address.origin + target, body, login: loginOf(security) })
  const python = [method, target].map((text) => `'${text}'`)
  const inPython = `print(call(${[...python, ...(body ? [json(body)] : [])].join(', ')}))`
  const typescript = clientCalls[`${method} ${path}`] ?? ''
  return {
    curl: {
      signed: ['call', method, shellWord(target), ...(body ? [shellQuote(json(body))] : [])].join(' '),
      open: curl({ method, url: address.origin + target, body, login: undefined }),
    },
    typescript: { signed: typescript, open: typescript },
    python: { signed: inPython, open: inPython },
  }
}

/** How a language writes what the Authorization header contains, and what has to come before. */
interface Login {
  curl: string
  typescript: { header: string; before: string[] }
  python: { header: string; before: string[]; imports: string[] }
}

const administrator: Login = {
  curl: '-u "$ADMIN_ACCOUNT:$ADMIN_PASSWORD"',
  typescript: {
    header: 'Authorization: `Basic ${btoa(account)}`',
    before: ['const account = `${process.env.ADMIN_ACCOUNT}:${process.env.ADMIN_PASSWORD}`'],
  },
  python: {
    header: "'Authorization': 'Basic ' + base64.b64encode(account.encode()).decode()",
    before: ["account = os.environ['ADMIN_ACCOUNT'] + ':' + os.environ['ADMIN_PASSWORD']"],
    imports: ['base64', 'os'],
  },
}

const user: Login = {
  curl: '-H "Authorization: Bearer $USER_TOKEN"',
  typescript: { header: 'Authorization: `Bearer ${process.env.USER_TOKEN}`', before: [] },
  python: { header: "'Authorization': 'Bearer ' + os.environ['USER_TOKEN']", before: [], imports: ['os'] },
}

function loginOf([scheme]: Operation['security']): Login | undefined {
  if (!scheme) return undefined
  return 'user' in scheme ? user : administrator
}

/** A request without a signature: the administrator's, a user's, or one that anybody may make. */
interface PlainRequest {
  method: string
  url: string
  body: Record<string, unknown> | undefined
  login: Login | undefined
}

function unsignedSnippets(request: PlainRequest): Snippets {
  const [inCurl, typescript, python] = [curl(request), plainFetch(request), plainPython(request)]
  return {
    curl: { signed: inCurl, open: inCurl },
    typescript: { signed: typescript, open: typescript },
    python: { signed: python, open: python },
  }
}

function curl({ method, url, body, login }: PlainRequest): string {
  const words = ['curl', ...(method === 'GET' ? [] : ['-X', method]), shellQuote(url)].join(' ')
  const options = [
    ...(login ? [login.curl] : []),
    ...(body ? ["-H 'Content-Type: application/json'", `-d ${shellQuote(indented(json(body)))}`] : []),
  ]
  return [words, ...options].join(' \\\n  ')
}

function plainFetch({ method, url, body, login }: PlainRequest): string {
  const headers = [...(login ? [login.typescript.header] : []), ...(body ? ["'Content-Type': 'application/json'"] : [])]
  const options = [
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length > 0 ? [`  headers: { ${headers.join(', ')} },`] : []),
    ...(body ? [`  body: JSON.stringify(${indented(json(body))}),`] : []),
  ]
  const rest = options.length > 0 ? `, {\n${options.join('\n')}\n}` : ''
  return [
    ...(login?.typescript.before ?? []),
    `const answer = await fetch('${url}'${rest})`,
    'console.log(await answer.json())',
  ].join('\n')
}

function plainPython({ method, url, body, login }: PlainRequest): string {
  const headers = [...(login ? [login.python.header] : []), ...(body ? ["'Content-Type': 'application/json'"] : [])]
  const options = [
    `'${url}'`,
    ...(method === 'GET' ? [] : [`method='${method}'`]),
    ...(body ? [`data=json.dumps(${json(body)}).encode()`] : []),
    ...(headers.length > 0 ? [`headers={${headers.join(', ')}}`] : []),
  ]
  const isShort = options.length === 1
  return [
    `import ${[...(login?.python.imports ?? []), 'json'].toSorted().join(', ')}, urllib.request`,
    '',
    ...(login?.python.before ?? []),
    isShort
      ? `request = urllib.request.Request(${options[0]})`
      : `request = urllib.request.Request(\n${options.map((option) => `    ${option},`).join('\n')}\n)`,
    'with urllib.request.urlopen(request) as answer:',
    '    print(json.load(answer))',
  ].join('\n')
}

function signedCurl(origin: string): string {
  return `export CARILLON_KEY='your key' CARILLON_SECRET='your secret'

# call METHOD PATH [JSON]
call() {
  local time nonce hash lines signature
  time=$(date +%s)
  nonce=$(openssl rand -hex 16)
  hash=$(printf '%s' "\${3-}" | openssl dgst -sha256 -r)
  lines=$(printf '%s\\n' "$1" "$2" "$time" "$nonce" "\${hash%% *}")
  signature=$(printf '%s' "$lines" |
    openssl dgst -sha256 -hmac "$CARILLON_SECRET" -r)
  curl -X "$1" "${origin}$2" \\
    -H "X-App-Key: $CARILLON_KEY" \\
    -H "X-Request-Time: $time" \\
    -H 'X-Signature-Version: 2' \\
    -H "X-Request-Nonce: $nonce" \\
    -H "X-Request-Signature: \${signature%% *}" \\
    \${3:+-H 'Content-Type: application/json' -d "$3"}
}`
}

function typescriptClient(options: string): string {
  return `import { createClient } from '@carillon/client'

const client = createClient(${options})`
}

function signedPython(origin: string): string {
  return `import hashlib, hmac, json, os, secrets, time, urllib.request

KEY, SECRET = os.environ['CARILLON_KEY'], os.environ['CARILLON_SECRET']

def call(method, path, body=None):
    data = b'' if body is None else json.dumps(body).encode()
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    lines = [method, path, timestamp, nonce, hashlib.sha256(data).hexdigest()]
    signature = hmac.new(SECRET.encode(), '\\n'.join(lines).encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request('${origin}' + path, data or None, {
        'Content-Type': 'application/json',
        'X-App-Key': KEY,
        'X-Request-Time': timestamp,
        'X-Signature-Version': '2',
        'X-Request-Nonce': nonce,
        'X-Request-Signature': signature,
    }, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)`
}

function openPython(origin: string): string {
  return `import json, urllib.request

def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {'Content-Type': 'application/json'}
    request = urllib.request.Request('${origin}' + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)`
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

const LONGEST_LINE = 56

/** On one line if it is short. */
function json(value: unknown): string {
  const short = JSON.stringify(value)
  return short.length <= LONGEST_LINE ? short : JSON.stringify(value, null, 2)
}

/** For text whose first line is indented by two spaces. */
function indented(text: string): string {
  return text.replaceAll('\n', '\n  ')
}

function shellWord(text: string): string {
  return /^[\w/.-]+$/.test(text) ? text : shellQuote(text)
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
