import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { application, channelsOn } from '../services/application.ts'
import { dial } from '../services/channels-socket.ts'
import { appWith, startInMemory } from '../services/realtime.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(`${root}docs/live.md`, 'utf8')
const app = appWith()

it('the program of docs/live.md for servers runs', async () => {
  const node = (await startInMemory({ apps: [app] })).nodes[0]!
  const socket = await dial(node, app)
  await socket.joins('news')
  await socket.joins('presence-room', { user_id: 'ann' })
  const url = `http://${app.key}:${app.secrets[0]!.secret}@127.0.0.1:${node.port}/apps/${app.id}`
  const { stdout } = await run(blocks('ts').join('\n'), { CARILLON_CHANNELS_URL: url })
  expect(stdout).toBe('1\n403 lupino may not join private-inbox-ann\n')
  const heard = (await socket.rest()).map(({ event, data }) => [event, data])
  expect(heard).toEqual([
    ['headline', { title: 'It works' }],
    ['bell', {}],
    ['headline', { title: 'One' }],
  ])
})

it('the program of docs/live.md for browsers runs in Node, connected as it says of Node', async () => {
  const node = (await startInMemory({ apps: [app] })).nodes[0]!
  const channels = channelsOn(node, app)
  const at = await application(channels)
  const [inBrowser = '', inNode = ''] = blocks('js')
  const program = inBrowser
    .replace(/^const live = .*$/m, () => inNode)
    .replace('http://127.0.0.1:6001', node.url)
    .replaceAll('http://127.0.0.1:3000', at)
    .replace("Cookie: 'session=s1'", "'X-User': 'lupino'")
    .replace('my-key', app.key)
    // Bound before the program signs in: a push may come together with the answer to its last line.
    .replace('await live.signIn()', 'live.onPush(() => live.close())\n$&')
  const running = run(program, {})
  await waitFor(async () => (await channels.getUsers('presence-lobby')).includes('lupino'), { timeout: 20_000 })
  await channels.trigger('private-inbox-lupino', 'mail', { n: 1 })
  await channels.sendToUser('lupino', 'reminder', 'at nine')
  const { stdout } = await running
  expect(stdout.split('\n').toSorted()).toEqual(['', "[ 'lupino' ]", 'mail { n: 1 }', 'reminder at nine'])
})

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code = '']) => code)
}

/** Evaluated in the workspace, so that @carillon/client is found. */
function run(program: string, env: Record<string, string>) {
  const args = ['--input-type=module-typescript', '--eval', program]
  const running = promisify(execFile)(process.execPath, args, { cwd: root, env: { ...process.env, ...env } })
  onTestFinished(() => void running.child.kill('SIGKILL'))
  return running
}
