import { execFile, execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { waitFor } from '@carillon/testkit'
import PostalMime from 'postal-mime'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { sections } from '../../apps/api/routes/index.ts'
import { addressOf, carillon, usedFolder, post } from '../services/carillon.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const slow = 120_000
const OK = /^\{"result":"OK","name":"lupino_[0-9a-f]+"\}$/

let page: string
beforeAll(async () => {
  page = await readFile(join(root, 'README.md'), 'utf8')
})

describe('README.md', () => {
  it(
    'has a walk and programs that do what it says',
    async () => {
      const folder = await usedFolder()
      const server = await carillon(['start', '--port', '0'], {}, folder)
      const url = await addressOf(server)
      const key = (await server.says(/^ +key +(\S+)$/m))[1]!
      const here = (text: string) => text.replaceAll(/(?:localhost|127\.0\.0\.1):6001/g, new URL(url).host)

      const walk = [...page.matchAll(/<!-- walk -->\n\n```sh\n(.*?)```/gs)].map(([, text = '']) => here(text))
      const { stdout } = await run('bash', ['-ec', walk.join('\n')])
      expect(stdout.match(/\{"result":"OK"/g)).toHaveLength(6)
      expect(stdout).toContain('{"pushes":[{')
      await waitFor(async () => (await subjects(folder)).length === 2)

      // The push of the walk-through to connected users waits until now.
      const signedIn = here(block('js'))
        .replace("'my-key'", `'${key}', pusher: ${signsInAnybody(url)}`)
        .replace('console.log(event, data)', '(console.log(event, data), live.close())')
      expect((await inWorkspace(signedIn)).stdout).toBe("hello { text: 'It works' }\n")

      expect((await inWorkspace(here(block('ts')))).stdout).toMatch(/^lupino_[0-9a-f]+\n$/)
      const from = ['From TypeScript']
      for (const [language, program, flag] of [
        ['Python', 'python3', '-c'],
        ['PHP', 'php', '-r'],
      ] as const) {
        if (!isInstalled(program)) continue
        const code = here(block(language.toLowerCase())).replace('<?php\n', '')
        expect((await run(program, [flag, code])).stdout.trim()).toMatch(OK)
        from.push(`From ${language}`)
      }
      await waitFor(async () => (await subjects(folder)).length === 2 + from.length)
      expect((await subjects(folder)).toSorted()).toEqual([...from, 'news', 'subject'].toSorted())

      const secret = (await server.says(/^ +secret +(\S+)$/m))[1]!
      await runsExamplesOfDocs(url, { CARILLON_KEY: key, CARILLON_SECRET: secret })
      await answersAsDocumented(url)
    },
    slow,
  )
})

/** The signed examples of the documentation that the server has of itself. */
async function runsExamplesOfDocs(url: string, credentials: Record<string, string>): Promise<void> {
  const docs = await (await fetch(`${url}/docs`)).text()
  const code = (id: string) => textOf(docs.split(`<code id="${id}">`)[1]?.split('</code>')[0] ?? '')
  const calls = ['post-pusher-pushers', 'post-pusher-sender-add', 'post-pusher-sender-push', 'get-pusher-search']
  for (const [language, program, flag] of [
    ['curl', 'bash', '-ec'],
    ['python', 'python3', '-c'],
  ] as const) {
    if (!isInstalled(program)) continue
    const first = code(`set-up-${language}-signed`).replace(/^export .*$/m, '')
    const examples = calls.map((call) => code(`${call}-${language}-signed`) || code(`${call}-${language}`))
    const { stdout } = await run(program, [flag, [first, ...examples].join('\n')], credentials)
    expect(stdout.replaceAll("'", '"').replaceAll(/\s/g, '')).toMatch(
      /^\{"result":"OK"\}\{"result":"OK"\}\{"result":"OK","name":"lupino_67f09a03afb55f07fd948aa268f9ae21"\}\{"pushers":/,
    )
  }
}

function textOf(html: string): string {
  const characters: Record<string, string> = { quot: '"', '#39': "'", amp: '&', lt: '<', gt: '>' }
  return html.replaceAll(/&([#\w]+);/g, (_match, name: string) => characters[name] ?? '')
}

/** Every call that reads, on what the walk has left. */
async function answersAsDocumented(url: string): Promise<void> {
  const { token } = (await post(`${url}/v1/pushers/lupino/token`, { scope: 'addresses,preferences' })).body
  const headers = { authorization: `Bearer ${String(token)}` } // which only routes for users read
  const ask = async (path: string) => (await fetch(`${url}${path}`, { headers })).json()
  const put = async (path: string, fields: Record<string, string>) =>
    expect((await fetch(`${url}${path}`, { method: 'PUT', body: new URLSearchParams(fields) })).status).toBe(200)
  await put('/v1/templates/welcome', { sender: 'sendmail', data: '{"subject":"Hello","text":"Hello"}' })
  await put('/v1/categories/news', { title: 'News' })
  const { pushes } = (await ask('/v1/pushes')) as { pushes: { id: string }[] }
  const { broadcasts } = (await ask('/v1/broadcasts')) as { broadcasts: { name: string }[] }
  const names: Record<string, string> = { broadcasts: broadcasts[0]!.name, templates: 'welcome', categories: 'news' }
  for (const [method, path, { guard, answer }] of sections.flatMap(({ routes }) => routes)) {
    if (method !== 'GET' || guard === 'admin') continue
    const target = path
      .replace('/v1/pushes/{id}', `/v1/pushes/${pushes[0]?.id}`)
      .replace('{id}', 'lupino')
      .replace(/(\w+)\/\{name\}/, (_match, kind: string) => `${kind}/${names[kind]}`)
      .replace('/search/', '/search/?q=lupino')
      .replace('/explain', '/explain?pusher=lupino&sender=sendmail')
    const answered = await ask(target)
    expect(answer.parse(answered)).toEqual(answered)
  }
}

function block(language: string): string {
  return page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? ''
}

/** Options of pusher-js: the demo page's endpoint, in place of one of the reader's application. */
function signsInAnybody(url: string): string {
  return `{ userAuthentication: { endpoint: '${url}/demo/user', transport: 'ajax', params: { user: 'lupino' } } }`
}

async function subjects(folder: string) {
  const outbox = join(folder, '.data/outbox')
  const files = (await readdir(outbox)).filter((file) => file.endsWith('.eml'))
  const mails = await Promise.all(files.map(async (file) => PostalMime.parse(await readFile(join(outbox, file)))))
  return mails.map(({ subject = '' }) => subject)
}

/** Evaluated in the workspace, so that @carillon/client is found. */
function inWorkspace(program: string) {
  return run(process.execPath, ['--input-type=module-typescript', '--eval', program])
}

function run(program: string, args: string[], env: Record<string, string> = {}) {
  const options = { cwd: root, timeout: 60_000, env: { ...process.env, ...env } }
  const running = promisify(execFile)(program, args, options)
  onTestFinished(() => void running.child.kill('SIGKILL'))
  return running
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
