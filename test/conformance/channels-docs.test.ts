import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { channelsFrom } from '@carillon/client/channels'
import { expect, it, onTestFinished } from 'vitest'

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
  const program = block('<?php').replace('<?php', '')
  const post = async (path: string, form: Record<string, string>) => {
    const request = `$_SERVER['REQUEST_URI'] = '${path}'; parse_str('${new URLSearchParams(form).toString()}', $_POST);`
    const { stdout } = await promisify(execFile)('php', ['-r', `${request}${program}echo ' ', http_response_code();`])
    return stdout
  }
  for (const [path, form, answer] of asked) expect(JSON.parse(await post(path, form))).toEqual(answer)
  expect(await post('/pusher/auth', refused)).toBe('{"error":"Forbidden"} 403')
  for (const [path, form] of malformed) expect(await post(path, form)).toBe('{"error":"Forbidden"} 403')
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

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
