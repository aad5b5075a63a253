import type { Browser } from 'playwright-core'

/** A sender for the pictures: some letters come back, and others are late. */
export const LETTERS = `export default {
  name: 'sendletter',
  async send({ pusher, raw, attempt }) {
    if (raw.includes('returned')) return { giveUp: 'The letter came back: nobody lives at this address.' }
    if (raw.includes('strike') && attempt < 3) throw Object.assign(new Error('The post office is closed.'), { after: 1 })
    return { done: true, messageId: 'letter-' + pusher.id }
  },
}
`

/** Letters per second, so that a broadcast can be seen while it runs. */
export const LETTER_RATE = '100/s'

const PEOPLE = ['ada', 'barbara', 'edsger', 'frances', 'grace', 'hedy', 'katherine', 'lupino', 'margaret', 'radia']
const RECIPIENTS = 1200
/** Of the broadcast, when its picture is taken. */
const DONE = 500
const WAIT_MS = 60_000

/** Pictures of the console by their file, of a server that has something to tell. */
export async function consolePictures(browser: Browser, url: string): Promise<Record<string, Buffer>> {
  await addPeople(url)
  const strike = await pushAFew(url)
  const page = await browser.newPage({ viewport: { width: 1240, height: 800 }, deviceScaleFactor: 1.5 })
  const show = async (path: string) => {
    await page.goto(`${url}/console${path}`)
    return page.screenshot()
  }
  await post(url, 'sendletter/pushall', { data: 'news', tag: 'reader' })
  const [broadcast] = await until(
    () => list(url, 'broadcasts'),
    ([one]) => one !== undefined && Number(one['sent']) >= DONE,
  )
  const running = await show(`/broadcasts/${String(broadcast!['name'])}`)
  const overview = await show('')
  await until(
    async () => [await read(url, `pushes/${strike}`, 'push')],
    ([push]) => push!['state'] === 'sent',
  )
  return {
    'console.png': overview,
    'console-push.png': await show(`/pushes/${strike}`),
    'console-broadcast.png': running,
    'console-pusher.png': await show('/pushers/frances?sender=sendletter'),
  }
}

function nameOf(pusher: string): string {
  return `${pusher.charAt(0).toUpperCase()}${pusher.slice(1)}`
}

async function addPeople(url: string): Promise<void> {
  for (const pusher of PEOPLE) {
    await post(url, 'pushers/', { pusher, email: `${pusher}@example.com`, nickname: nameOf(pusher) })
    for (const sender of ['sendmail', 'sendletter', 'sendpager']) await post(url, `${sender}/add`, { pusher })
  }
  const readers = Array.from({ length: RECIPIENTS }, (_, index) => `reader-${String(index + 1).padStart(4, '0')}`)
  for (const pusher of readers) {
    await post(url, 'pushers/', { pusher })
    await post(url, 'sendletter/add', { pusher })
    await post(url, `pushers/${pusher}/reader/`, {})
  }
}

/** @returns the id of the push that is sent at its third attempt */
async function pushAFew(url: string): Promise<string> {
  const mail = (index: number) => JSON.stringify({ subject: `Order ${index}`, text: 'It has shipped.' })
  await post(url, 'sendletter/push', {
    pusher: 'grace',
    data: '{"about":"strike","text":"Dear Grace, thank you for your order."}',
  })
  for (const [index, pusher] of PEOPLE.entries()) await post(url, 'sendmail/push', { pusher, data: mail(index) })
  for (const pusher of PEOPLE.slice(0, 3)) await post(url, 'sendpager/push', { pusher, data: 'Call the office.' })
  for (const pusher of PEOPLE.slice(3, 8)) await post(url, 'sendletter/push', { pusher, data: 'returned' })
  const pushes = await list(url, 'pushes?sender=sendletter&pusher=grace')
  return String(pushes.at(-1)!['id'])
}

type Row = Record<string, unknown>

async function post(url: string, path: string, fields: Record<string, string>): Promise<void> {
  const response = await fetch(`${url}/pusher/${path}`, { method: 'POST', body: new URLSearchParams(fields) })
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
}

async function list(url: string, path: string): Promise<Row[]> {
  return (await read(url, path, path.replace(/\?.*/, ''))) as unknown as Row[]
}

async function read(url: string, path: string, field: string): Promise<Row> {
  const answer = (await (await fetch(`${url}/v1/${path}`)).json()) as Record<string, Row>
  return answer[field]!
}

async function until(look: () => Promise<Row[]>, isRight: (rows: Row[]) => boolean): Promise<Row[]> {
  const limit = Date.now() + WAIT_MS
  for (;;) {
    const rows = await look()
    if (isRight(rows)) return rows
    if (Date.now() > limit) throw new Error('The server does not get ready for the pictures.')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
