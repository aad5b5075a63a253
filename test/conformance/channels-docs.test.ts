import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { channelsFrom } from '@carillon/client/channels'
import { expect, it, onTestFinished } from 'vitest'
import { freePort } from '../services/place.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(`${root}docs/channels-websocket.md`, 'utf8')
const socket = '1234.5678'

/** What a client of the user lupino asks for, and what the two endpoints answer. */
const channels = channelsFrom('http://my-key:my-secret@127.0.0.1:6001/apps/1')
const lupino = { id: 'lupino', user_info: { name: 'Lupino' } }
const asked: [path: string, form: Record<string, string>, answer: object][] = [
  ['/pusher/user-auth', { socket_id: socket }, channels.authenticate(socket, lupino)],
  [
    '/pusher/auth',
    { socket_id: socket, channel_name: 'private-inbox-lupino' },
    channels.authorize(socket, 'private-inbox-lupino'),
  ],
  [
    '/pusher/auth',
    { socket_id: socket, channel_name: 'presence-lobby' },
    channels.authorize(socket, 'presence-lobby', { user_id: 'lupino', user_info: lupino.user_info }),
  ],
]
const refused = { socket_id: socket, channel_name: 'private-inbox-ann' }
/** Forms that no official client sends. */
const malformed: [path: string, form: Record<string, string>][] = [
  ['/pusher/user-auth', {}],
  ['/pusher/user-auth', { socket_id: '1234' }],
  ['/pusher/auth', { channel_name: 'presence-lobby' }],
  ['/pusher/auth', { 'socket_id[]': socket, channel_name: 'presence-lobby' }],
]

it('the auth endpoint of docs/channels-websocket.md for Node signs as the client does', async () => {
  const url = await listening(block('const pusher = new Pusher({'))
  const post = (path: string, form: Record<string, string>) =>
    fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(form) })
  for (const [path, form, answer] of asked) expect(await (await post(path, form)).json()).toEqual(answer)
  expect((await post('/pusher/auth', refused)).status).toBe(403)
  expect((await post('/pusher/auth', { socket_id: socket })).status).toBe(403)
  for (const [path, form] of malformed) expect((await post(path, form)).status).toBe(400)
  expect((await fetch(`${url}/pusher/auth`, { method: 'POST' })).status).toBe(400)
})

it.runIf(isInstalled('php'))('the auth endpoint of docs/channels-websocket.md for PHP signs likewise', async () => {
  const url = await servedByPhp(block('<?php'))
  const post = async (path: string, form: Record<string, string>) => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(form) })
    return [response.status, await response.json()]
  }
  for (const [path, form, answer] of asked) expect(await post(path, form)).toEqual([200, answer])
  for (const [path, form] of [['/pusher/auth', refused] as const, ...malformed])
    expect(await post(path, form)).toEqual([403, { error: 'Forbidden' }])
  expect(await (await fetch(url)).text()).toBe('A page')
  expect(await (await fetch(`${url}/auth.php`)).text()).not.toContain('SECRET')
})

function block(beginning: string): string {
  const blocks = [...page.matchAll(/```\w+\n(.*?)```/gs)].map(([, code = '']) => code)
  return blocks.find((code) => code.includes(beginning) && code.includes('auth'))!
}

/** Runs the program in the workspace, on a port that is free. @returns its URL. */
async function listening(program: string): Promise<string> {
  const shown = program.replace(
    "app.listen(3000, '127.0.0.1')",
    "const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))",
  )
  const running = spawn(process.execPath, ['--input-type=module', '--eval', shown], { cwd: root })
  onTestFinished(() => void running.kill('SIGKILL'))
  const [port] = (await once(running.stdout, 'data')) as [Buffer]
  return `http://127.0.0.1:${String(port).trim()}`
}

/** Runs the program as the page says, beside a page. @returns its URL. */
async function servedByPhp(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-php-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'public'))
  await writeFile(join(folder, 'public/index.html'), 'A page')
  await writeFile(join(folder, 'auth.php'), program)
  const address = `127.0.0.1:${await freePort()}`
  const running = spawn('php', ['-S', address, '-t', 'public', 'auth.php'], { cwd: folder })
  onTestFinished(() => void running.kill('SIGKILL'))
  await once(running.stderr, 'data') // it says that it listens
  return `http://${address}`
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
