import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '@carillon/testkit'
import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import { processIo } from '../../apps/cli/io.ts'
import { createProgram } from '../../apps/cli/program.ts'
import { addressOf, type Carillon, carillon, emptyFolder, post, usedFolder } from '../services/carillon.ts'

const OK = { status: 200, body: { result: 'OK' } }
const slow = 120_000

async function start(folder: string, env: Record<string, string> = {}): Promise<{ server: Carillon; url: string }> {
  const server = await carillon(['start', '--port', '0'], env, folder)
  await server.says(/Try it:/)
  return { server, url: await addressOf(server) }
}

async function mailsIn(folder: string) {
  const outbox = join(folder, '.data/outbox')
  const files = (await readdir(outbox)).filter((file) => file.endsWith('.eml'))
  return Promise.all(files.map(async (file) => PostalMime.parse(await readFile(join(outbox, file)))))
}

const lupino = {
  pusher: 'lupino',
  email: 'example@example.com',
  phoneNumber: '12345678901',
  nickname: 'xxxxx',
  createdAt: '1456403493',
}
const hello = { pusher: 'lupino', data: '{"subject": "subject", "text": "Hello {{.NickName}}"}' }

describe("a stranger's first five minutes", () => {
  it(
    'start, four calls, and a mail for each push; Ctrl-C ends it cleanly',
    async () => {
      const folder = await emptyFolder()
      const { server, url } = await start(folder)
      expect(server.said()).toContain(`Email goes to files in ${join(folder, '.data/outbox')}`)
      expect(server.said()).toMatch(/curl -i localhost:\d+\/pusher\/sendmail\/pushall -d data=/)

      expect(await post(`${url}/pusher/pushers/`, lupino)).toEqual(OK)
      expect(await post(`${url}/pusher/sendmail/add`, { pusher: 'lupino' })).toEqual(OK)
      expect(await post(`${url}/pusher/sendmail/push`, hello)).toMatchObject(OK)
      expect(
        await post(`${url}/pusher/sendmail/pushall`, { data: '{"subject": "news", "text": "text"}' }),
      ).toMatchObject(OK)

      const mails = await waitFor(async () => ((all) => all.length === 2 && all)(await mailsIn(folder)))
      expect(mails.map(({ subject, text }) => `${subject}: ${text?.trim()}`).toSorted()).toEqual([
        'news: text',
        'subject: Hello xxxxx',
      ])
      expect(mails[0]!.to).toEqual([{ name: 'xxxxx', address: 'example@example.com' }])
      expect(await server.stop('SIGINT')).toBe(0)
    },
    slow,
  )

  it(
    'kill -9 and start again: nothing that was answered with OK is lost',
    async () => {
      const folder = await usedFolder()
      const first = await start(folder)
      await post(`${first.url}/pusher/pushers/`, lupino)
      await post(`${first.url}/pusher/sendmail/add`, { pusher: 'lupino' })
      const pushes = Array.from({ length: 200 }, (_, index) =>
        post(`${first.url}/pusher/sendmail/push`, { ...hello, data: `{"subject":"${index}","text":"x"}` }),
      )
      const settled = Promise.allSettled(pushes)
      await Promise.all(pushes.slice(0, 50))
      await first.server.stop('SIGKILL')
      const accepted = (await settled).flatMap((each, index) => (each.status === 'fulfilled' ? [String(index)] : []))
      expect(accepted.length).toBeGreaterThanOrEqual(50)

      const { server } = await start(folder)
      const arrived = async () => new Set((await mailsIn(folder)).map(({ subject }) => subject))
      await waitFor(async () => ((subjects) => accepted.every((index) => subjects.has(index)))(await arrived()), {
        timeout: 60_000,
      })
      expect(await server.stop('SIGTERM')).toBe(0)
    },
    slow,
  )

  it(
    'refuses a second process on the same data, and names the first',
    async () => {
      const folder = await usedFolder()
      const { server } = await start(folder)
      const second = await carillon(['start', '--port', '0'], {}, folder)
      expect(await second.exit()).toBe(1)
      expect(second.said()).toContain(`is in use by process ${server.process.pid}.`)
      expect(second.said()).not.toMatch(/^ +at /m)
    },
    slow,
  )

  it(
    'has its apps changed by carillon app while it runs',
    async () => {
      const folder = await usedFolder()
      const { url } = await start(folder)
      const env = { DATA_DIR: join(folder, '.data'), PORT: new URL(url).port }
      const app = async (...args: string[]) => {
        const seen = { out: '', err: '' }
        const print = (text: string) => void (seen.out += text)
        const io = { ...processIo(), env, terminal: false, print, complain: (text: string) => void (seen.err += text) }
        await createProgram(io).parseAsync(['node', 'carillon', 'app', ...args])
        return seen
      }
      const listed = await app('list')
      expect(listed.out).toMatch(/^1 {2}first {2}key \w+ {2}secrets 1\n$/)
      expect(listed.err).toContain(`so the server at ${url} is called`)
      expect((await app('create', 'shop')).out).toMatch(/^id {6}2\nkey {5}\w+\nsecret {2}\w+\n$/)
      expect((await app('add-secret', '2')).out).toMatch(/^id {6}\d+\nsecret {2}\w{20,}\n$/)
      await app('set', '2', 'enabled=false', 'limits={"connections":5}', 'connectHook=https://example.com/hook')
      const { apps } = (await (await fetch(`${url}/v1/apps`)).json()) as { apps: object[] }
      expect(apps[1]).toMatchObject({
        enabled: false,
        limits: { connections: 5 },
        connectHook: 'https://example.com/hook',
      })
      await expect(app('set', '2', 'enabled=perhaps')).rejects.toThrow('answered 422: enabled')
      await expect(app('set', '9', 'enabled=false')).rejects.toThrow('There is no app 9')
    },
    slow,
  )

  it(
    'says so when the port is taken',
    async () => {
      const { url } = await start(await usedFolder())
      const port = new URL(url).port
      const second = await carillon(['start', '--port', port])
      expect(await second.exit()).toBe(1)
      expect(second.said()).toContain(port)
      expect(second.said()).not.toMatch(/^ +at /m)
    },
    slow,
  )

  it('refuses another address than loopback without a key', async () => {
    const server = await carillon(['start', '--host', '0.0.0.0'])
    expect(await server.exit()).toBe(1)
    expect(server.said()).toContain('APP_KEY')
  })
})
