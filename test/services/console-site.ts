import { waitFor } from '@carillon/testkit'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addressOf, type Carillon, carillon, type Lifetime, post, usedFolder } from './carillon.ts'

/** A server whose console a browser opens. */
export interface ConsoleSite {
  url: string
  server: Carillon
}

/** What a stranger may have written, which no page may run: the id of the pusher, among others. */
export const EVIL = '"><script>document.title="evil"</script>'

/** The path of the pusher, in the console and in the API. */
export const PUSHER = `/pushers/${encodeURIComponent(EVIL)}`

/** Gives up whatever it is given, for a reason that a stranger has written. */
const FAX = `export default { name: 'sendfax', send: async ({ raw }) => ({ giveUp: raw }) }`

/** Its rate makes a broadcast take seconds. */
const SLOW = `export default { name: 'sendslow', send: async () => {} }`

/** A server with two senders of its own, `sendfax` and `sendslow`. */
export async function consoleSite(env: Record<string, string>, lifetime?: Lifetime): Promise<ConsoleSite> {
  const folder = await usedFolder(lifetime)
  await writeFile(join(folder, 'fax.mjs'), FAX)
  await writeFile(join(folder, 'slow.mjs'), SLOW)
  const settings = { SENDERS: './fax.mjs,./slow.mjs', ...env }
  const server = await carillon(['start', '--port', '0'], settings, folder, lifetime)
  return { url: await addressOf(server), server }
}

/** Adds a dead push, one that no worker sends, one that is sent, a broadcast, and a category that the pusher has switched off. */
export async function seedConsole(url: string): Promise<{ dead: string; broadcast: string }> {
  const pusher = EVIL
  const attributes = JSON.stringify({ [EVIL]: EVIL })
  const phoneNumber = '+4915112345678'
  await post(`${url}/pusher/pushers/`, { pusher, email: 'ada@example.com', phoneNumber, nickname: EVIL, attributes })
  await post(`${url}/pusher${PUSHER}/${encodeURIComponent(EVIL)}/`, {})
  await post(`${url}/v1/suppressions`, { sender: 'sendsms', address: phoneNumber, reason: EVIL })
  const address = new URLSearchParams({ kind: 'fcm', token: `token-of-a-phone-${'x'.repeat(20)}`, label: EVIL })
  await fetch(`${url}/v1${PUSHER}/addresses`, { method: 'PUT', body: address })
  for (const sender of ['sendfax', 'sendmail', 'sendpager']) await post(`${url}/pusher/${sender}/add`, { pusher })
  await post(`${url}/pusher/sendpager/push`, { pusher, data: 'x' })
  await post(`${url}/pusher/sendmail/push`, { pusher, data: JSON.stringify({ subject: EVIL, text: EVIL }) })
  await post(`${url}/pusher/sendmail/pushall`, { data: '{"subject":"News","text":"x"}' })
  const json = { method: 'PUT', headers: { 'content-type': 'application/json' } }
  await fetch(`${url}/v1/categories/evil`, { ...json, body: JSON.stringify({ title: EVIL, description: EVIL }) })
  const choices = [{ category: 'evil', sender: 'sendmail', value: 'off' }]
  await fetch(`${url}/v1${PUSHER}/preferences`, { ...json, body: JSON.stringify({ choices }) })
  return { dead: await deadPush(url, EVIL), broadcast: await broadcastName(url) }
}

/** Pushes what ends dead. @param reason of its end, and its data @returns its id */
export async function deadPush(url: string, reason: string): Promise<string> {
  await post(`${url}/pusher/sendfax/push`, { pusher: EVIL, data: reason })
  return waitFor(async () => {
    const response = await fetch(`${url}/v1/pushes?state=dead`)
    const { pushes } = (await response.json()) as { pushes: { id: string; reason: string }[] }
    return pushes.find((push) => push.reason === reason)?.id
  })
}

async function broadcastName(url: string): Promise<string> {
  return waitFor(async () => {
    const response = await fetch(`${url}/v1/broadcasts`)
    const { broadcasts } = (await response.json()) as { broadcasts: { name: string }[] }
    return broadcasts[0]?.name
  })
}
